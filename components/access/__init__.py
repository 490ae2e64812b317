"""The IAM policy and role that let the agent write traces."""
