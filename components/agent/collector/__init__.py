"""The OpenTelemetry Collector, its configuration and its gateway."""
