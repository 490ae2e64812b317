"""What an application's pod template needs to be traced."""

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from ..aws_values import SEGMENT_NAME
from .collector.ports import OTLP_HTTP_PORT


def trace_environment(name: str, daemon_address: pulumi.Input[str]) -> list[EnvVarArgsDict]:
    """Returns the environment variables by which the X-Ray SDKs find the agent.

    Args:
        name: What the application is called on the service map.
        daemon_address: `TraceDaemon.address`.

    Raises:
        pulumi.RunError: X-Ray would refuse the application's segments for their name.
    """
    if not SEGMENT_NAME.allows(name):
        raise pulumi.RunError(
            f"The name for trace_environment is {name!r}; it must be {SEGMENT_NAME.must_be}."
        )
    return [
        {"name": "AWS_XRAY_DAEMON_ADDRESS", "value": daemon_address},
        {"name": "AWS_XRAY_TRACING_NAME", "value": name},
        # A request without a trace is logged, not refused.
        {"name": "AWS_XRAY_CONTEXT_MISSING", "value": "LOG_ERROR"},
    ]


def open_telemetry_environment(
    name: pulumi.Input[str], daemon_address: pulumi.Input[str]
) -> list[EnvVarArgsDict]:
    """Returns the environment variables by which the OpenTelemetry SDKs find a collector there.

    Traces use the X-Ray header, are sampled by sampling rules where the SDK has the X-Ray sampler,
    and are all that is sent: the collector takes neither metrics nor logs.

    Args:
        name: What the application is called on the service map.
        daemon_address: `TraceDaemon.address`, with the agent `collector` or `both`.
    """
    host = pulumi.Output.from_input(daemon_address).apply(lambda known: known.rpartition(":")[0])
    return [
        {"name": "OTEL_SERVICE_NAME", "value": name},
        {
            "name": "OTEL_EXPORTER_OTLP_ENDPOINT",
            "value": pulumi.Output.concat("http://", host, f":{OTLP_HTTP_PORT}"),
        },
        {"name": "OTEL_EXPORTER_OTLP_PROTOCOL", "value": "http/protobuf"},
        {"name": "OTEL_METRICS_EXPORTER", "value": "none"},
        {"name": "OTEL_LOGS_EXPORTER", "value": "none"},
        {"name": "OTEL_PROPAGATORS", "value": "xray"},
        {"name": "OTEL_TRACES_SAMPLER", "value": "xray"},
        {
            "name": "OTEL_TRACES_SAMPLER_ARG",
            "value": pulumi.Output.concat("endpoint=http://", daemon_address),
        },
    ]
