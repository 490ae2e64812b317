"""A small HTTP service traced by AWS X-Ray; its environment makes it Service-A or Service-B."""
