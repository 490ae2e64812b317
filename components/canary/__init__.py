"""A canary on every node: a word when traces stop."""
