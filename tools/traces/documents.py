"""Reads segment documents: the JSON text that services send to X-Ray."""

import json
from typing import Any, TypedDict

from tools.traces.json_values import (
    JsonObject,
    as_flag,
    as_integer,
    as_list,
    as_number,
    as_object,
    as_text,
)
from tools.traces.model import RecordedException, Segment, StackFrame, Subsegment


class UnreadableDocumentError(ValueError):
    """The text isn't a segment document; the message says why in one sentence."""


class _CommonFields(TypedDict):
    id: str
    name: str
    trace_id: str | None
    parent_id: str | None
    type: str | None
    namespace: str | None
    start_time: float
    end_time: float | None
    in_progress: bool
    error: bool
    throttle: bool
    fault: bool
    http: JsonObject
    aws: JsonObject
    sql: JsonObject
    annotations: JsonObject
    metadata: JsonObject
    exceptions: tuple[RecordedException, ...]
    cause_id: str | None
    subsegments: tuple[Subsegment, ...]
    text: str | None


def parse_document(text: str) -> Segment | Subsegment:
    """Read one segment document.

    Returns:
        A Subsegment if the document is one that was sent on its own
        (``"type": "subsegment"``), else a Segment.

    Raises:
        UnreadableDocumentError: The text isn't JSON, has no id, name or start time, or is
            nested deeper than Python's stack allows (about 300 subsegments in each other).
    """
    try:
        value = json.loads(text)
        if not isinstance(value, dict):
            raise UnreadableDocumentError("The document isn't a JSON object.")
        document = as_object(value)
        if document.get("type") == "subsegment":
            return _parse_subsegment(document, text)
        return _parse_segment(document, text)
    except RecursionError as error:
        raise UnreadableDocumentError("The document is nested too deeply.") from error
    except UnreadableDocumentError:
        raise
    except ValueError as error:
        raise UnreadableDocumentError(f"The document isn't JSON: {error}.") from error


def _parse_segment(document: JsonObject, text: str) -> Segment:
    return Segment(
        **_parse_common(document, text),
        origin=as_text(document.get("origin")),
        inferred=as_flag(document.get("inferred")) or False,
        user=as_text(document.get("user")),
        service=as_object(document.get("service")),
        resource_arn=as_text(document.get("resource_arn")),
    )


def _parse_subsegment(document: JsonObject, text: str | None) -> Subsegment:
    return Subsegment(**_parse_common(document, text))


def _parse_common(document: JsonObject, text: str | None) -> _CommonFields:
    http = as_object(document.get("http"))
    response_code = as_integer(as_object(http.get("response")).get("status")) or 0
    throttle = _flag(document, "throttle", response_code == 429)
    end_time = as_number(document.get("end_time"))
    cause = document.get("cause")
    return _CommonFields(
        id=_required_text(document, "id"),
        name=_required_text(document, "name"),
        trace_id=as_text(document.get("trace_id")),
        parent_id=as_text(document.get("parent_id")),
        type=as_text(document.get("type")),
        namespace=as_text(document.get("namespace")),
        start_time=_required_start_time(document),
        end_time=end_time,
        in_progress=end_time is None or bool(as_flag(document.get("in_progress"))),
        error=throttle or _flag(document, "error", 400 <= response_code < 500),
        throttle=throttle,
        fault=_flag(document, "fault", 500 <= response_code < 600),
        http=http,
        aws=as_object(document.get("aws")),
        sql=as_object(document.get("sql")),
        annotations=as_object(document.get("annotations")),
        metadata=as_object(document.get("metadata")),
        exceptions=_parse_exceptions(cause),
        cause_id=cause if isinstance(cause, str) and cause else None,
        subsegments=_parse_subsegments(document),
        text=text,
    )


def _flag(document: JsonObject, name: str, by_response_code: bool) -> bool:
    """Read a flag; emitters that leave it out mean what the response code says."""
    flag = as_flag(document.get(name))
    return by_response_code if flag is None else flag


def _required_text(document: JsonObject, name: str) -> str:
    text = as_text(document.get(name))
    if text is None:
        raise UnreadableDocumentError(f'The document has no "{name}".')
    return text


def _required_start_time(document: JsonObject) -> float:
    start_time = as_number(document.get("start_time"))
    if start_time is None:
        raise UnreadableDocumentError('The document has no "start_time" in epoch seconds.')
    return start_time


def _parse_subsegments(document: JsonObject) -> tuple[Subsegment, ...]:
    # A loop, not a generator expression: it halves the stack that deep nesting takes.
    subsegments: list[Subsegment] = []
    for item in as_list(document.get("subsegments")):
        subsegments.append(_parse_subsegment(as_object(item), None))
    return tuple(subsegments)


def _parse_exceptions(cause: object) -> tuple[RecordedException, ...]:
    exceptions = as_list(as_object(cause).get("exceptions"))
    return tuple(_parse_exception(as_object(item)) for item in exceptions)


def _parse_exception(item: JsonObject) -> RecordedException:
    return RecordedException(
        id=as_text(item.get("id")),
        type=as_text(item.get("type")),
        message=as_text(item.get("message")),
        remote=as_flag(item.get("remote")) or False,
        cause_id=as_text(item.get("cause")),
        stack=tuple(_parse_frame(frame) for frame in as_list(item.get("stack"))),
        truncated_frame_count=as_integer(item.get("truncated")) or 0,
    )


def _parse_frame(value: Any) -> StackFrame:
    frame = as_object(value)
    return StackFrame(
        path=as_text(frame.get("path")),
        line=as_integer(frame.get("line")),
        label=as_text(frame.get("label")),
    )
