"""One span as a segment document."""

import re
from collections.abc import Collection
from typing import Any, Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from .attributes import Attributes, annotations_and_metadata, attributes_of
from .cause import cause_of, flags_of
from .http import HTTP_ATTRIBUTES, http_of
from .resource import aws_of, origin_of, service_of

ENTRIES: Final = (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CONSUMER)
"""Kinds of spans that are segments whatever their parent: a service's work begins with them."""

CALLS: Final = (Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER)
"""Kinds of spans that record a call to another service."""

NAMES: Final = ("rpc.service", "http.host", "net.peer.name")
"""Attributes that a segment is called by; the first that is there (translator/segment.go)."""

LONGEST_NAME: Final = 200
"""Characters in a segment's name at most (X-Ray, segment documents)."""

TOLD_ELSEWHERE: Final = HTTP_ATTRIBUTES | {"enduser.id", "rpc.method"}
"""Attributes that have a place of their own in a segment, and so are no metadata."""


def segment_of(
    span: Span, resource: Attributes, indexed_attributes: Collection[str]
) -> dict[str, Any]:
    """Returns a span as X-Ray's segment document.

    A span that serves a request is a segment, and so is one without a parent. Any other is a
    subsegment that comes on its own.

    Args:
        span: The span.
        resource: Attributes of its resource.
        indexed_attributes: Attributes that become annotations.
    """
    attributes = attributes_of(span.attributes)
    parent = span.parent_span_id.hex()
    alone = span.kind in ENTRIES or not parent
    rest = {
        key: value
        for key, value in attributes.items()
        if key not in TOLD_ELSEWHERE or key in indexed_attributes
    }
    document: dict[str, Any] = {
        "name": _name(span, attributes, resource),
        "id": span.span_id.hex(),
        "trace_id": xray_trace_id(span.trace_id),
        "parent_id": parent or None,
        "start_time": span.start_time_unix_nano / 1e9,
        "end_time": span.end_time_unix_nano / 1e9,
        "type": None if alone else "subsegment",
        "namespace": "remote" if span.kind in CALLS else None,
        "origin": origin_of(resource),
        "user": attributes.get("enduser.id"),
        **flags_of(span, attributes),
        "cause": cause_of(span, resource),
        "http": http_of(attributes, server=span.kind == Span.SPAN_KIND_SERVER),
        "aws": aws_of(attributes, resource),
        "service": service_of(resource),
        **annotations_and_metadata(rest, resource if alone else {}, indexed_attributes),
    }
    return {key: value for key, value in document.items() if value is not None}


def xray_trace_id(trace_id: bytes) -> str:
    """Returns a trace id as X-Ray writes it: a version, 8 hex digits of time, and 24 more."""
    digits = trace_id.hex()
    return f"1-{digits[:8]}-{digits[8:]}"


def _name(span: Span, attributes: Attributes, resource: Attributes) -> str:
    """Returns the name of a service: the one that serves, or the one that is called."""
    if attributes.get("peer.service"):
        return str(attributes["peer.service"])
    if span.kind == Span.SPAN_KIND_SERVER and resource.get("service.name"):
        return str(resource["service.name"])
    for key in NAMES:
        if attributes.get(key):
            return str(attributes[key])
    # What X-Ray does not take in a name.
    return re.sub(r"[^\w .:/%&#=+\-@]", "", span.name)[:LONGEST_NAME] or "span"
