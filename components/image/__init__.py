"""The container images and their ECR repositories."""
