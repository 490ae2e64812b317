"""The export pipelines of a collector: to X-Ray, or to a gateway.

Each keeps what could not be sent in a queue, and tries again: X-Ray throttles, and is out of reach
now and then.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from ...aws_values import partition_of
from ...choices import CollectorExporter
from ..args import TraceDaemonArgs
from ..pod.ip_family import own_address
from .ports import OTLP_GRPC_PORT, QUEUE_PORT

Part = dict[str, Any]

SEGMENTS_PER_CALL: Final = 50
"""What one PutTraceSegments takes (X-Ray API reference), and so the size of a batch."""

SPANS_PER_REQUEST: Final = 500
"""Spans in a request to the OTLP endpoint, which takes 10,000, and 5 MB (CloudWatch user guide,
OTLP endpoints): at 2 KB each they are 1 MB."""

BATCHES_PER_MIB: Final = 2
"""Batches of 50 spans that the queue holds for each MiB of the collector's memory limit: 4 KiB for
each span, with what Go's garbage collector needs beside it, take two fifths of it."""

QUEUE_CONSUMERS: Final = 4
"""Calls to AWS X-Ray at once: 4 of 50 segments, at 30 ms each, are 6,600 segments/s, and X-Ray
takes 2,600 from an account (X-Ray quotas). The retries of all of them come out of one allowance of
the AWS SDK, which lasts the longer the fewer they are."""

RETRIES: Final = 20
"""Attempts at one PutTraceSegments; the AWS SDK waits up to 20 s between them. The exporter itself
gives up what was refused as throttled, and tries nothing again."""


@dataclass(frozen=True)
class ExportPipeline:
    """Parts of a collector's configuration that take traces from its pipeline onwards."""

    exporter: str
    """Name of the exporter that the pipeline ends with."""

    batch_size: int
    """Spans that it sends together."""

    exporters: Part
    receivers: Part = field(default_factory=dict[str, Any])
    extensions: Part = field(default_factory=dict[str, Any])
    pipelines: Part = field(default_factory=dict[str, Any])


def xray_export(
    args: TraceDaemonArgs, *, region: str, assume_role_arn: str | None, memory_limit_mib: int
) -> ExportPipeline:
    """Returns the export to X-Ray by either of its interfaces; its queue follows the memory limit.

    Without a role the traces are written as the pod itself.
    """
    if args["collector_exporter"] == CollectorExporter.OTLP:
        return _to_otlp_endpoint(region, assume_role_arn, memory_limit_mib)
    return _to_xray(args, region, assume_role_arn, memory_limit_mib)


def gateway_export(host: str, memory_limit_mib: int) -> ExportPipeline:
    """Returns the export to the gateway: all spans of a trace to the same one of its pods."""
    exporter = {
        "routing_key": "traceID",
        "resolver": {"dns": {"hostname": host, "port": str(OTLP_GRPC_PORT)}},
        "protocol": {"otlp": {"tls": {"insecure": True}, "timeout": "5s"}},
        # Its own, not the protocol's: what can't go to a pod that is gone goes to another.
        **_queue(memory_limit_mib, SEGMENTS_PER_CALL),
    }
    return ExportPipeline(
        "load_balancing", SEGMENTS_PER_CALL, exporters={"load_balancing": exporter}
    )


def _to_xray(
    args: TraceDaemonArgs, region: str, assume_role_arn: str | None, memory_limit_mib: int
) -> ExportPipeline:
    """The exporter for X-Ray has no queue, so the collector sends to itself by one that has.

    By HTTP: a gRPC client connects before its collector listens, warns, and waits (configgrpc).
    """
    queue = own_address(args["ip_family"], QUEUE_PORT)
    awsxray: Part = {
        "region": region,
        "local_mode": True,
        "num_workers": QUEUE_CONSUMERS,
        "max_retries": RETRIES,
        "telemetry": {"enabled": True, "hostname": "${env:AWS_HOSTNAME}"},
    }
    if assume_role_arn is not None:
        awsxray["role_arn"] = assume_role_arn
    if args["indexed_attributes"]:
        # A collector would put variables in (confmap/expand.go).
        awsxray["indexed_attributes"] = [
            each.replace("$", "$$") for each in args["indexed_attributes"]
        ]
    return ExportPipeline(
        "otlp_http/queue",
        SEGMENTS_PER_CALL,
        receivers={"otlp/queue": {"protocols": {"http": {"endpoint": queue}}}},
        exporters={
            "otlp_http/queue": {
                "endpoint": f"http://{queue}",
                "compression": "none",
                # As long as the exporter behind it tries.
                "timeout": "0s",
                **_queue(memory_limit_mib, SEGMENTS_PER_CALL),
            },
            "awsxray": awsxray,
        },
        pipelines={"traces/queue": {"receivers": ["otlp/queue"], "exporters": ["awsxray"]}},
    )


def _to_otlp_endpoint(
    region: str, assume_role_arn: str | None, memory_limit_mib: int
) -> ExportPipeline:
    signer: Part = {"region": region, "service": "xray"}
    if assume_role_arn is not None:
        signer["assume_role"] = {"arn": assume_role_arn, "sts_region": region}
    return ExportPipeline(
        "otlp_http",
        SPANS_PER_REQUEST,
        exporters={
            "otlp_http": {
                "traces_endpoint": f"https://xray.{region}.{partition_of(region)[1]}/v1/traces",
                "compression": "gzip",
                "auth": {"authenticator": "sigv4auth"},
                **_queue(memory_limit_mib, SPANS_PER_REQUEST),
            }
        },
        extensions={"sigv4auth": signer},
    )


def _queue(memory_limit_mib: int, batch_size: int) -> Part:
    """Tries until there is an answer: what is too much does not come into the queue."""
    batches = memory_limit_mib * BATCHES_PER_MIB * SEGMENTS_PER_CALL // batch_size
    return {
        "retry_on_failure": {"enabled": True, "max_interval": "10s", "max_elapsed_time": "0s"},
        "sending_queue": {"num_consumers": QUEUE_CONSUMERS, "queue_size": max(batches, 1)},
    }
