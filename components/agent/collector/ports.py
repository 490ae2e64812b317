"""The ports that an OpenTelemetry Collector has beside those of the X-Ray daemon."""

from typing import Final

from pulumi_kubernetes.core.v1 import ContainerPortArgsDict, ServicePortArgsDict

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

OTLP_PORTS: Final = {"otlp-grpc": OTLP_GRPC_PORT, "otlp-http": OTLP_HTTP_PORT}
"""Those that applications send spans to."""


def otlp_service_ports() -> list[ServicePortArgsDict]:
    """Returns the ports of a Service by which applications send spans."""
    return [
        {
            "name": name,
            "port": port,
            "target_port": name,
            "protocol": "TCP",
            "app_protocol": "kubernetes.io/h2c" if port == OTLP_GRPC_PORT else "http",
        }
        for name, port in OTLP_PORTS.items()
    ]


def collector_ports(*, http: bool = True) -> list[ContainerPortArgsDict]:
    """Returns the ports of a collector's container.

    Args:
        http: Whether it takes spans by HTTP too, beside gRPC.
    """
    ports = {
        **(OTLP_PORTS if http else {"otlp-grpc": OTLP_GRPC_PORT}),
        "health": HEALTH_PORT,
        "metrics": METRICS_PORT,
    }
    return [
        {"name": name, "container_port": port, "protocol": "TCP"} for name, port in ports.items()
    ]
