"""The IAM policy, its role, and how pods come by their credentials."""
