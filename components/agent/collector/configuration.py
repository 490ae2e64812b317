"""The configurations of the OpenTelemetry Collector: on each node, as gateway, as drain sentinel.

Plain functions that return what goes into the collector's YAML file; a test gives it to a real
collector.
"""

from typing import Any, Final

from ...choices import CollectorExporter, IpFamily, LogLevel
from ..agent import AGENT_PORT
from ..args import TraceDaemonArgs
from ..pod.drain import SENTINEL_PORT
from ..pod.ip_family import any_address, any_host
from .exporters import ExportPipeline
from .ports import HEALTH_PORT, METRICS_PORT, OTLP_GRPC_PORT, OTLP_HTTP_PORT
from .tail_sampling import tail_sampling_processor

Configuration = dict[str, Any]

ON_EKS: Final = (
    {"key": "cloud.provider", "value": "aws", "action": "upsert"},
    {"key": "cloud.platform", "value": "aws_eks", "action": "insert"},
)
"""Resource attributes that the exporter for X-Ray makes a segment's `origin` from
(exporter/awsxrayexporter/internal/translator/segment.go, determineAwsOrigin); the receiver drops
the one that came, and where a segment has no `aws` it says that the provider is unknown. Spans
that say another platform keep it."""


def _of_kind(kind: str, *actions: dict[str, str]) -> Configuration:
    """Returns a processor of the attributes that spans of a kind have; it replaces none."""
    include = {"match_type": "strict", "span_kinds": [f"SPAN_KIND_{kind}"]}
    return {"include": include, "actions": [{**each, "action": "insert"} for each in actions]}


NAMING: Final[Configuration] = {
    "attributes/calls": _of_kind(
        "CLIENT", {"key": "net.peer.name", "from_attribute": "server.address"}
    ),
    "attributes/consumers": _of_kind(
        "CONSUMER",
        {"key": "aws.span.kind", "value": "LOCAL_ROOT"},
        {"key": "aws.remote.service", "from_attribute": "messaging.destination.name"},
    ),
}
"""Attributes by which the exporter for X-Ray names what it would else name by the span, so that
each operation were a service: a call is named by its host, and a consumer becomes a segment of its
service with a call to the queue (exporter/awsxrayexporter/internal/translator/segment.go). AWS's
distribution has no processor `transform` (aws-otel-collector, pkg/defaultcomponents)."""


def node_configuration(
    args: TraceDaemonArgs,
    export: ExportPipeline,
    *,
    region: str,
    assume_role_arn: str | None,
    segments: bool = True,
) -> Configuration:
    """Returns the configuration of the collector on each node.

    It takes spans by OTLP and, unless the X-Ray daemon is beside it, segments and sampling requests
    on the daemon's ports. Without a role it asks for sampling rules as the pod itself.
    """
    agent_address = any_address(args["ip_family"], AGENT_PORT)
    proxy: Configuration = {"endpoint": agent_address, "region": region, "local_mode": True}
    if assume_role_arn is not None:
        proxy["role_arn"] = assume_role_arn
    awsxray = {"endpoint": agent_address, "transport": "udp", "proxy_server": proxy}
    receivers: Configuration = {"awsxray": awsxray} if segments else {}
    receivers["otlp"] = _otlp(args["ip_family"], http=True)
    processors: Configuration = {"resource": {"attributes": [*ON_EKS]}} if args["on_eks"] else {}
    if args["collector_exporter"] == CollectorExporter.XRAY:
        processors |= NAMING
    return _configuration(args, receivers, processors, export, args["collector_memory_limit_mib"])


def gateway_configuration(args: TraceDaemonArgs, export: ExportPipeline) -> Configuration:
    """Returns the configuration of the gateway, which takes spans from the nodes' collectors."""
    kept, memory_limit_mib = args["tail_sampling"], args["gateway_memory_limit_mib"]
    processors = (
        {} if kept is None else {"tail_sampling": tail_sampling_processor(kept, memory_limit_mib)}
    )
    receivers = {"otlp": _otlp(args["ip_family"], http=False)}
    return _configuration(args, receivers, processors, export, memory_limit_mib)


def sentinel_configuration(ip_family: IpFamily) -> Configuration:
    """Returns the configuration of a collector that listens on one port and does nothing."""
    endpoint = any_address(ip_family, SENTINEL_PORT)
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": endpoint}}}},
        "exporters": {"debug": {}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}},
            "telemetry": {"logs": {"level": "error"}, "metrics": {"level": "none"}},
        },
    }


def _configuration(
    args: TraceDaemonArgs,
    receivers: Configuration,
    processors: Configuration,
    export: ExportPipeline,
    memory_limit_mib: int,
) -> Configuration:
    """Returns a configuration with one pipeline from receivers through processors to an export."""
    ip_family = args["ip_family"]
    all_processors = {
        "memory_limiter": _memory_limiter(memory_limit_mib),
        **processors,
        "batch": _batch(export.batch_size),
    }
    traces = {
        "receivers": list(receivers),
        "processors": list(all_processors),
        "exporters": [export.exporter],
    }
    health_check = {"endpoint": any_address(ip_family, HEALTH_PORT)}
    extensions = {"health_check": health_check, **export.extensions}
    return {
        "receivers": {**receivers, **export.receivers},
        "processors": all_processors,
        "exporters": export.exporters,
        "extensions": extensions,
        "service": {
            "extensions": list(extensions),
            "pipelines": {"traces": traces, **export.pipelines},
            "telemetry": _own_telemetry(args["log_level"], ip_family),
        },
    }


def _otlp(ip_family: IpFamily, *, http: bool) -> Configuration:
    """Takes spans: of applications, also by HTTP, or of the nodes' collectors.

    A kept connection leads to a pod that stops, whatever its Service says, and its last spans are
    lost. So applications connect anew: by HTTP for each request, by gRPC after two seconds, which
    with the grace is less than a stopping pod listens (collector, config/confighttp/server.go,
    where 0.160 has another name for it, config/configgrpc/configgrpc.go; `pod.drain`).
    """
    grpc: Configuration = {"endpoint": any_address(ip_family, OTLP_GRPC_PORT)}
    if not http:
        return {"protocols": {"grpc": grpc}}
    server = {"max_connection_age": "2s", "max_connection_age_grace": "5s"}
    endpoint = any_address(ip_family, OTLP_HTTP_PORT)
    return {
        "protocols": {
            "grpc": {**grpc, "keepalive": {"server_parameters": server}},
            "http": {"endpoint": endpoint, "keep_alives_enabled": False},
        }
    }


def _memory_limiter(memory_limit_mib: int) -> Configuration:
    """Refuses spans when Go's heap has two thirds of the container's limit; not all is heap."""
    return {
        "check_interval": "1s",
        "limit_mib": memory_limit_mib * 4 // 5,
        "spike_limit_mib": memory_limit_mib * 2 // 15,
    }


def _batch(size: int) -> Configuration:
    """Waits for a second at most, as the daemon does (aws/aws-xray-daemon, pkg/cfg/cfg.go)."""
    return {"send_batch_size": size, "send_batch_max_size": size, "timeout": "1s"}


def _own_telemetry(log_level: LogLevel, ip_family: IpFamily) -> Configuration:
    prometheus = {"host": any_host(ip_family), "port": METRICS_PORT}
    return {
        "logs": {"level": log_level.value, "encoding": "json"},
        "metrics": {"readers": [{"pull": {"exporter": {"prometheus": prometheus}}}]},
    }
