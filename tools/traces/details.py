"""The timeline of a trace and the details of its segments, as terminal and page show them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from .formatting import format_json, format_seconds, format_status, format_time_precisely
from .records import Record
from .trace import Trace

LABELS: Final = {
    "eks.pod": "Pod",
    "eks.cluster_name": "Cluster",
    "eks.container_id": "Container",
    "ec2.instance_id": "Instance",
    "ec2.availability_zone": "Availability zone",
    "sanitized_query": "Query",
}
"""What is looked for first, in this order; other labels are made from the names of fields."""

UPPERCASE: Final = {"ami", "arn", "ec2", "ecs", "eks", "id", "ip", "sdk", "url"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineRow:
    """A segment or subsegment in the timeline.

    Attributes:
        record: The segment or subsegment.
        depth: How deep it is nested; 0 is the outermost.
        start: When it began, as a share (0 to 1) of the trace.
        length: How long it took, as a share; until the end of the trace if it is in progress.
        parent_missing: Its parent isn't in the trace.
    """

    record: Record
    depth: int
    start: float
    length: float
    parent_missing: bool


def build_timeline(trace: Trace) -> list[TimelineRow]:
    """Returns a row per segment and subsegment, each under the one that it is in or answers."""
    rows: list[TimelineRow] = []
    seen: set[str] = set()
    roots = [record for record in trace.records if trace.parent_of(record) is None]
    # What no root leads to hangs in a circle of parent ids; it is shown from its first record.
    for root in (*roots, *trace.records):
        waiting = [(root, 0)]
        while waiting:
            record, depth = waiting.pop()
            if record.id not in seen:
                seen.add(record.id)
                rows.append(_build_row(trace, record, depth))
                children = reversed(trace.children_of(record))
                waiting.extend((child, depth + 1) for child in children)
    return rows


def _build_row(trace: Trace, record: Record, depth: int) -> TimelineRow:
    total = trace.duration_seconds
    seconds = record.duration_seconds
    if seconds is None:
        seconds = trace.end_time - record.start_time
    return TimelineRow(
        record=record,
        depth=depth,
        start=(record.start_time - trace.start_time) / total if total else 0.0,
        length=min(seconds / total, 1.0) if total else 1.0,
        parent_missing=record.parent_id is not None and trace.parent_of(record) is None,
    )


class Field(NamedTuple):
    """A label and a value to show beside it."""

    label: str
    value: str


def list_sections(record: Record) -> list[tuple[str, list[Field]]]:
    """Returns titles and fields of what is known of a segment or subsegment."""
    sections = (
        ("Overview", _list_overview(record)),
        ("Resources", list_resources(record)),
        ("Annotations", _list_fields(record.annotations, str)),
        ("Metadata", _list_fields(record.metadata, str)),
        ("SQL", _list_fields(record.sql)),
    )
    return [(title, fields) for title, fields in sections if fields]


def list_resources(record: Record) -> list[Field]:
    """Returns what ran the segment, the pod and the instance first; null values aren't known."""
    named = {"Origin": record.origin, "Resource ARN": record.resource_arn}
    fields = [Field(label, value) for label, value in named.items() if value]
    return fields + _list_fields(record.aws, nulls=False)


def describe_cause(trace: Trace, record: Record) -> str | None:
    """Returns the exception, recorded elsewhere in the trace, that a record names as its cause."""
    if record.cause_id is None:
        return None
    for origin in trace.records:
        for exception in origin.exceptions:
            if exception.id == record.cause_id:
                kind, message = exception.type or "Exception", exception.message or ""
                return f"{kind}: {message} (in {origin.name})"
    return f"Exception {record.cause_id}"


def _list_overview(record: Record) -> list[Field]:
    fields = {
        "Kind": _describe_kind(record),
        "ID": record.id,
        "Parent ID": record.parent_id,
        "Status": format_status(record),
        "Started": format_time_precisely(record.start_time),
        "Ended": "in progress" if record.is_open else format_time_precisely(record.end_time or 0),
        "Duration": format_seconds(record.duration_seconds),
        "User": record.user,
    }
    return [
        *(Field(label, value) for label, value in fields.items() if value),
        *_list_fields(record.http),
        *_list_fields({"service": record.service} if record.service else {}),
    ]


def _describe_kind(record: Record) -> str:
    if record.is_segment:
        return "inferred segment" if record.inferred else "segment"
    return f"{record.namespace} subsegment" if record.namespace else "subsegment"


def _label(path: str) -> str:
    """Returns what a field is called, such as `EC2 AMI ID` for `ec2.ami_id`."""
    if path in LABELS:
        return LABELS[path]
    words = re.split(r"[._ ]", path.replace("xray.", "X-Ray "))
    label = " ".join(word.upper() if word in UPPERCASE else word for word in words)
    return label[:1].upper() + label[1:]


def _list_fields(
    values: Mapping[str, Any], label: Callable[[str], str] = _label, *, nulls: bool = True
) -> list[Field]:
    order = list(LABELS)
    flat = [(path, value) for path, value in _flatten(values) if nulls or value is not None]
    flat.sort(key=lambda item: order.index(item[0]) if item[0] in LABELS else len(order))
    return [Field(label(path), _format_value(value)) for path, value in flat]


def _flatten(values: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yields each value of a JSON object, with its path joined by dots."""
    waiting: list[tuple[str, Any]] = list(values.items())[::-1]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting.extend((f"{path}.{name}", value[name]) for name in reversed(value))
        else:
            yield path, value


def _format_value(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(map(str, value))
    return format_json(value)
