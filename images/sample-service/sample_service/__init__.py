"""A small traced HTTP service; its environment makes it Service-A or Service-B."""
