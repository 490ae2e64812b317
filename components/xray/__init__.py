"""Settings of the X-Ray service itself."""
