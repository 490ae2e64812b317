"""The configurations of the OpenTelemetry Collector: on each node, as a gateway, and as a gate.

Plain functions that return what goes into the collector's YAML file; a test gives it to a real
collector.
"""

from typing import Any, Final

from ..daemon.command import DAEMON_PORT, LogLevel
from ..pod.drain import GATE_PORT
from ..pod.ip_family import IpFamily, any_address, any_host
from .exporters import WayOut
from .ports import HEALTH_PORT, METRICS_PORT, OTLP_GRPC_PORT, OTLP_HTTP_PORT
from .tail_sampling import TailSampling, tail_sampling_processor

Configuration = dict[str, Any]

ON_EKS: Final = (
    {"key": "cloud.provider", "value": "aws", "action": "upsert"},
    {"key": "cloud.platform", "value": "aws_eks", "action": "insert"},
)
"""Resource attributes that the exporter for X-Ray makes a segment's `origin` from
(exporter/awsxrayexporter/internal/translator/segment.go, determineAwsOrigin); the receiver drops
the one that came, and where a segment has no `aws` it says that the provider is unknown. Spans
that say another platform keep it."""


def collector_configuration(
    way: WayOut,
    *,
    region: str,
    memory_limit_mib: int,
    log_level: LogLevel,
    ip_family: IpFamily,
    assume_role_arn: str | None,
    on_eks: bool,
) -> Configuration:
    """Returns the configuration of the collector on each node.

    It takes segments and sampling requests on the ports of the X-Ray daemon, and spans by OTLP.

    Args:
        way: Where the traces go.
        region: The AWS region that sampling rules are of.
        memory_limit_mib: Memory limit of its container, in MiB.
        log_level: Least severity that is logged.
        ip_family: What it listens on.
        assume_role_arn: The role that asks for sampling rules; none asks as the pod itself.
        on_eks: Whether segments come from EKS, whatever origin they came with; see `ON_EKS`.
    """
    daemon_address = any_address(ip_family, DAEMON_PORT)
    proxy: Configuration = {"endpoint": daemon_address, "region": region, "local_mode": True}
    if assume_role_arn is not None:
        proxy["role_arn"] = assume_role_arn
    awsxray = {"endpoint": daemon_address, "transport": "udp", "proxy_server": proxy}
    receivers = {"awsxray": awsxray, "otlp": _otlp(ip_family, http=True)}
    processors: Configuration = {"resource": {"attributes": [*ON_EKS]}} if on_eks else {}
    return _configuration(receivers, processors, way, memory_limit_mib, log_level, ip_family)


def gateway_configuration(
    way: WayOut,
    *,
    memory_limit_mib: int,
    tail_sampling: TailSampling | None,
    log_level: LogLevel,
    ip_family: IpFamily,
) -> Configuration:
    """Returns the configuration of the gateway, which takes spans from the nodes' collectors.

    Args:
        way: Where the traces go.
        memory_limit_mib: Memory limit of its container, in MiB.
        tail_sampling: Which traces are kept; none keeps all.
        log_level: Least severity that is logged.
        ip_family: What it listens on.
    """
    processors = (
        {}
        if tail_sampling is None
        else {"tail_sampling": tail_sampling_processor(tail_sampling, memory_limit_mib)}
    )
    receivers = {"otlp": _otlp(ip_family, http=False)}
    return _configuration(receivers, processors, way, memory_limit_mib, log_level, ip_family)


def gate_configuration(ip_family: IpFamily) -> Configuration:
    """Returns the configuration of a collector that listens on the gate's port and does nothing."""
    endpoint = any_address(ip_family, GATE_PORT)
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": endpoint}}}},
        "exporters": {"debug": {}},
        "service": {
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["debug"]}},
            "telemetry": {"logs": {"level": "error"}, "metrics": {"level": "none"}},
        },
    }


def _configuration(
    receivers: Configuration,
    processors: Configuration,
    way: WayOut,
    memory_limit_mib: int,
    log_level: LogLevel,
    ip_family: IpFamily,
) -> Configuration:
    """Returns a configuration with one pipeline from receivers through processors to a way out."""
    all_processors = {
        "memory_limiter": _memory_limiter(memory_limit_mib),
        **processors,
        "batch": _batch(way.batch_size),
    }
    traces = {
        "receivers": list(receivers),
        "processors": list(all_processors),
        "exporters": [way.exporter],
    }
    health_check = {"endpoint": any_address(ip_family, HEALTH_PORT)}
    extensions = {"health_check": health_check, **way.extensions}
    return {
        "receivers": {**receivers, **way.receivers},
        "processors": all_processors,
        "exporters": way.exporters,
        "extensions": extensions,
        "service": {
            "extensions": list(extensions),
            "pipelines": {"traces": traces, **way.pipelines},
            "telemetry": _own_telemetry(log_level, ip_family),
        },
    }


def _otlp(ip_family: IpFamily, *, http: bool) -> Configuration:
    protocols = {"grpc": {"endpoint": any_address(ip_family, OTLP_GRPC_PORT)}}
    if http:
        protocols["http"] = {"endpoint": any_address(ip_family, OTLP_HTTP_PORT)}
    return {"protocols": protocols}


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
        "logs": {"level": LogLevel(log_level).value, "encoding": "json"},
        "metrics": {"readers": [{"pull": {"exporter": {"prometheus": prometheus}}}]},
    }
