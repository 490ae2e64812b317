"""A small stand-in for the OpenTelemetry Collector, for machines where none is installed.

It reads a collector's own configuration. Segments that come by UDP it sends to AWS X-Ray as they
are; of spans that come by OTLP/HTTP it makes segments, or forwards them to X-Ray's OTLP endpoint.
It signs and forwards SDKs' sampling calls by TCP. It is ready as soon as its health check answers.
It takes no OTLP/gRPC, and has no processors, no queue and no tail sampling.
"""
