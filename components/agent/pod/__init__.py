"""What the pods of every agent have in common."""
