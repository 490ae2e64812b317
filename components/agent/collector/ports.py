"""The ports that an OpenTelemetry Collector has beside those of the X-Ray daemon."""

from typing import Final

from ..agent import SEGMENT_PORTS, Port, Serves

OTLP_GRPC_PORT: Final = 4317
"""TCP; OTLP by gRPC (OpenTelemetry, OTLP specification)."""

OTLP_HTTP_PORT: Final = 4318
"""TCP; OTLP by HTTP (OpenTelemetry, OTLP specification)."""

QUEUE_PORT: Final = 4319
"""TCP; from a collector to itself, for no other pod."""

HEALTH_PORT: Final = 13133
"""TCP; answers the kubelet's probes (collector, extension `health_check`)."""

METRICS_PORT: Final = 8888
"""TCP; the collector's own metrics, for Prometheus (collector, internal telemetry)."""

OTLP_GRPC: Final = Port("otlp-grpc", OTLP_GRPC_PORT, app_protocol="kubernetes.io/h2c")
OTLP_HTTP: Final = Port("otlp-http", OTLP_HTTP_PORT, app_protocol="http")

_OWN: Final = (
    Port("health", HEALTH_PORT, serves=Serves.KUBELET),
    Port("metrics", METRICS_PORT, serves=Serves.MONITORING),
)

SPAN_PORTS: Final = (OTLP_GRPC, OTLP_HTTP, *_OWN)
"""Those of the collector on each node where the daemon is beside it."""

NODE_PORTS: Final = (*SEGMENT_PORTS, *SPAN_PORTS)
"""Those of the collector on each node where it is alone."""

GATEWAY_PORTS: Final = (OTLP_GRPC, *_OWN)
"""Those of the gateway."""
