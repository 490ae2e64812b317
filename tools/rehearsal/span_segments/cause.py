"""Whether a span failed, and by which exceptions."""

import re
import secrets
from collections.abc import Iterator
from typing import Any, Final

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from .attributes import Attributes, attributes_of
from .http import status_of

FRAME: Final = re.compile(r'^  File "(?P<path>[^"]*)", line (?P<line>\d+), in (?P<label>.*)$', re.M)
"""A frame in the text of a Python exception."""

CALLS: Final = (Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER)
"""Kinds of spans whose exceptions may have happened on the other side."""


def flags_of(span: Span, attributes: Attributes) -> dict[str, bool]:
    """Returns a segment's `fault`, `error` and `throttle`: by its HTTP status where it has one."""
    status = status_of(attributes) or 0
    failed = span.status.code == Status.STATUS_CODE_ERROR
    client_error = 400 <= status <= 499
    return {
        "fault": 500 <= status <= 599 or (failed and not client_error),
        "error": client_error,
        "throttle": status == 429,
    }


def cause_of(span: Span, resource: Attributes) -> dict[str, Any] | None:
    """Returns a segment's `cause`, from the span's exceptions or else from what its status says."""
    exceptions = list(_exceptions(span, resource))
    message = span.status.message
    if not exceptions and span.status.code == Status.STATUS_CODE_ERROR and message:
        exceptions = [{"id": secrets.token_hex(8), "message": message}]
    return {"exceptions": exceptions} if exceptions else None


def _exceptions(span: Span, resource: Attributes) -> Iterator[dict[str, Any]]:
    for event in span.events:
        if event.name != "exception":
            continue
        told = attributes_of(event.attributes)
        exception = {
            "id": secrets.token_hex(8),
            "type": told.get("exception.type"),
            "remote": span.kind in CALLS,
            "message": told.get("exception.message"),
        }
        if resource.get("telemetry.sdk.language") == "python":
            exception["stack"] = _python_stack(str(told.get("exception.stacktrace") or ""))
        yield {key: value for key, value in exception.items() if value not in (None, "", [])}


def _python_stack(text: str) -> list[dict[str, Any]]:
    """Returns the frames of an exception, the innermost first; not those of what it came from."""
    _, _, last = text.rpartition("another exception occurred:")
    frames = [
        {"path": frame["path"], "label": frame["label"], "line": int(frame["line"])}
        for frame in FRAME.finditer(last)
    ]
    return frames[::-1]
