"""Spans as they come by OTLP."""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

PARENT: Final = "53995c3f42cd8ad8"

POD: Final[Mapping[str, Any]] = {
    "service.name": "service-b",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.version": "1.44.0",
    "cloud.provider": "aws",
    "cloud.platform": "aws_eks",
    "k8s.cluster.name": "demo",
    "k8s.pod.name": "service-b-0",
    "container.id": "c0ffee",
    "host.id": "i-0123456789abcdef0",
}
"""The resource of a sample service's spans."""


def new_span(
    kind: "Span.SpanKind.ValueType",
    attributes: Mapping[str, Any] | None = None,
    *,
    name: str = "GET",
    parent: str = PARENT,
    failed: str | None = None,
    exceptions: Sequence[Mapping[str, Any]] = (),
) -> Span:
    """Give a span that took half a second; `failed` is what its status says."""
    start = int(time.time() * 1e9)
    span = Span(
        trace_id=int(time.time()).to_bytes(4, "big") + secrets.token_bytes(12),
        span_id=secrets.token_bytes(8),
        parent_span_id=bytes.fromhex(parent),
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        end_time_unix_nano=start + 500_000_000,
        attributes=_pairs(attributes or {}),
    )
    if failed is not None:
        span.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=failed))
    for exception in exceptions:
        told = {f"exception.{key}": value for key, value in exception.items()}
        span.events.add(name="exception", attributes=_pairs(told))
    return span


def request_of(*spans: Span, resource: Mapping[str, Any] = POD) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=_pairs(resource)),
                scope_spans=[ScopeSpans(spans=spans)],
            )
        ]
    )


def trace_id_of(span: Span) -> str:
    digits = span.trace_id.hex()
    return f"1-{digits[:8]}-{digits[8:]}"


def _pairs(attributes: Mapping[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: Any) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[_value(each) for each in value]))
    return AnyValue(string_value=value)
