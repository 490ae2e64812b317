"""The EKS cluster, its nodes and its network."""
