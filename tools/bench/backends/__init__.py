"""AWS's X-Ray daemon and an OpenTelemetry Collector beside each other, as processes here.

Neither needs a cluster: both run with the command line and the configuration that the components
make, on one core, and send to a sink in the place of AWS X-Ray.
"""
