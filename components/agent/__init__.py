"""What takes traces on each node: the X-Ray daemon, an OpenTelemetry Collector, or both."""
