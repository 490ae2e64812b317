"""Sends a marked trace from every node and looks for it in the X-Ray API: `make verify`."""
