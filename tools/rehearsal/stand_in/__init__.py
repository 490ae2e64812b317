"""Stands in for the AWS X-Ray daemon."""
