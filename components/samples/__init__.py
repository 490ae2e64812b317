"""Two sample services that show that tracing works."""
