"""Attributes of spans and resources, and what of them is for people: annotations and metadata."""

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

Attributes = Mapping[str, Any]

ANNOTATIONS: Final = "aws.xray.annotations"
"""Attribute of a span that names those which become annotations (collector,
internal/aws/xray/awsxray.go)."""

RESOURCE_PREFIX: Final = "otel.resource."
"""What attributes of the resource are called in a segment (translator/segment.go)."""


def attributes_of(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    """Returns attributes as JSON has them."""
    return {pair.key: _value(pair.value) for pair in pairs}


def annotations_and_metadata(
    attributes: Attributes, resource: Attributes, indexed_attributes: Collection[str]
) -> dict[str, Any]:
    """Returns a segment's `annotations` and `metadata`, without those that would be empty.

    Args:
        attributes: What of the span is told nowhere else in the segment.
        resource: What of the resource is told here too.
        indexed_attributes: What becomes annotations; the span's own list adds to it.
    """
    own = attributes.get(ANNOTATIONS)
    indexed = {*indexed_attributes, *(own if isinstance(own, list) else [])}
    told = {key: value for key, value in attributes.items() if key != ANNOTATIONS}
    told |= {RESOURCE_PREFIX + key: value for key, value in resource.items()}
    annotations = {
        _annotation_key(key): value
        for key, value in told.items()
        if key in indexed and isinstance(value, str | int | float)
    }
    metadata = {
        key: value for key, value in told.items() if key not in indexed and value is not None
    }
    parts = {"annotations": annotations, "metadata": {"default": metadata} if metadata else {}}
    return {name: part for name, part in parts.items() if part}


def _annotation_key(key: str) -> str:
    """Returns a key with nothing in it that X-Ray does not take (X-Ray, segment documents)."""
    return re.sub(r"[^0-9A-Za-z.]", "_", key)


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return attributes_of(value.kvlist_value.values)
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    return getattr(value, kind)
