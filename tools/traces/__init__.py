"""Reads AWS X-Ray traces and shows them: the service map, the traces and their segments."""
