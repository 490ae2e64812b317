"""All spans of one request by OTLP/HTTP, and how it is answered."""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from .attributes import attributes_of
from .segment import segment_of

PROTOBUF: Final = "application/x-protobuf"
"""The content type of requests and answers (OpenTelemetry, OTLP specification)."""

TRACES_PATH: Final = "/v1/traces"
"""Where requests go to (OpenTelemetry, OTLP specification)."""


class MalformedRequestError(ValueError):
    """It is no ExportTraceServiceRequest, or one with a span that has no ids."""


def read_request(body: bytes, content_encoding: str | None) -> ExportTraceServiceRequest:
    """Reads what came by OTLP/HTTP, in protobuf.

    Args:
        body: The body of the HTTP request.
        content_encoding: Its header of this name; gzip is the only encoding that is known.

    Raises:
        MalformedRequestError: It can't be read.
    """
    try:
        plain = gzip.decompress(body) if content_encoding == "gzip" else body
        request = ExportTraceServiceRequest.FromString(plain)
    except (OSError, EOFError, zlib.error, DecodeError) as error:
        reason = " ".join(str(error).split())
        raise MalformedRequestError(f"not an ExportTraceServiceRequest: {reason}") from None
    for of_resource in request.resource_spans:
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                if (len(span.trace_id), len(span.span_id)) != (16, 8):
                    raise MalformedRequestError(f"span '{span.name}' has no trace id or no id")
    return request


def segments_in(
    request: ExportTraceServiceRequest, indexed_attributes: Sequence[str] = ()
) -> Iterator[str]:
    """Yields the segment document (JSON) of each span.

    Args:
        request: The spans, with their resources.
        indexed_attributes: Attributes that become annotations, beside those that a span's own
            `aws.xray.annotations` names.
    """
    for of_resource in request.resource_spans:
        resource = attributes_of(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield json.dumps(segment_of(span, resource, indexed_attributes))


def accepted() -> bytes:
    """Returns the body of the answer to a request that was taken."""
    return ExportTraceServiceResponse().SerializeToString()
