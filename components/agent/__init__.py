"""What takes traces on each node: the X-Ray daemon or an OpenTelemetry Collector."""
