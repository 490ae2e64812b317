"""The timeline of a trace and the details of its segments, as terminal and page show them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from .formatting import format_seconds, format_status, format_time
from .records import Record, RecordedException, shorten
from .trace import Trace

LABELS: Final = {
    "eks.pod": "Pod",
    "eks.cluster_name": "Cluster",
    "eks.container_id": "Container",
    "ec2.instance_id": "Instance",
    "ec2.availability_zone": "Availability zone",
    "sanitized_query": "Query",
}
"""What is looked for first, in this order; other fields are called as in the document."""

Fields: TypeAlias = list[tuple[str, str]]
"""Labels, and the values to show beside them."""


class TimelineRow(NamedTuple):
    """A segment or subsegment in the timeline; 0 is the depth of the outermost."""

    record: Record
    depth: int
    start: float
    """When it began, as a share (0 to 1) of the trace."""

    length: float
    """How long it took, as a share; until the end of the trace if it is in progress."""

    caller_note: str
    """Who called it, where that isn't in the trace."""


def build_timeline(trace: Trace) -> list[TimelineRow]:
    """Returns a row per segment and subsegment, each under the one that it is in or answers."""
    rows: list[TimelineRow] = []
    total = trace.duration_seconds
    for record, depth in trace.walk():
        start = min(max(record.start_time - trace.start_time, 0.0), total)
        seconds = total - start if record.duration_seconds is None else record.duration_seconds
        shares = (start / total, min(seconds / total, 1.0)) if total else (0.0, 1.0)
        note = ""
        if record.parent_id is not None and trace.parent_of(record) is None:
            comes_in = record.is_segment and record is trace.entry
            note = "called by a client that is not traced" if comes_in else "caller missing"
        rows.append(TimelineRow(record, depth, *shares, note))
    return rows


def list_sections(trace: Trace, record: Record) -> dict[str, Fields]:
    """Returns what is known of a segment or subsegment of a trace, by the title of its section."""
    resources = {"Origin": record.origin, "Resource ARN": record.resource_arn}
    sections = {
        "Overview": _list_overview(record),
        # What ran the segment, the pod and the instance first; null values aren't known.
        "Resources": _known(resources) + _list_fields(record.aws, nulls=False),
        "Links": [("Trace", ", ".join(_texts_at(each, "trace_id", "id"))) for each in record.links],
        "Annotations": _list_fields(record.annotations, {}),
        "Metadata": _list_fields(record.metadata, {}),
        "SQL": _list_fields(record.sql),
        "Exceptions": _list_exceptions(trace, record),
    }
    return {title: fields for title, fields in sections.items() if fields}


def _list_exceptions(trace: Trace, record: Record) -> Fields:
    """Returns the exceptions of a record, each followed by the frames of its stack.

    The first is the one that it names as its cause, if that is recorded elsewhere in the trace.
    """
    named = [
        (exception, f" (in {other.name})")
        for other in (trace.records if record.cause_id else ())
        for exception in other.exceptions
        if exception.id == record.cause_id
    ]
    if record.cause_id and not named:
        named = [(RecordedException(message=record.cause_id), "")]
    fields: Fields = []
    for exception, place in (*named[:1], *((each, "") for each in record.exceptions)):
        said = filter(None, (exception.type or "Exception", exception.message))
        fields.append(("Exception", f"{': '.join(said)}{place}"))
        for frame in exception.stack:
            label, path, line = _texts_at(frame, "label", "path", "line")
            fields.append(("", shorten(f"at {label} ({path}:{line})")))
        if exception.truncated:
            fields.append(("", f"{exception.truncated:,} more frames"))
    return fields


def _texts_at(fields: Mapping[str, Any], *names: str) -> list[str]:
    return ["?" if fields.get(name) is None else shorten(fields[name]) for name in names]


def _list_overview(record: Record) -> Fields:
    kind = f"{record.namespace or ''} subsegment".strip()
    if record.is_segment:
        kind = "inferred segment" if record.inferred else "segment"
    fields = {
        "Kind": kind,
        "ID": record.id,
        "Parent ID": record.parent_id,
        "Status": format_status(record),
        "Started": format_time(record.start_time),
        "Ended": "in progress" if record.is_open else format_time(record.end_time or 0),
        "Wrong times": record.wrong_times,
        "Duration": format_seconds(record.duration_seconds),
        "User": record.user,
    }
    service = {"service": record.service} if record.service else {}
    return _known(fields) + _list_fields(record.http | service)


def _known(fields: Mapping[str, str | None]) -> Fields:
    return [(label, value) for label, value in fields.items() if value]


def _list_fields(
    values: Mapping[str, Any], labels: Mapping[str, str] = LABELS, *, nulls: bool = True
) -> Fields:
    flat = [(path, value) for path, value in _flatten(values) if nulls or value is not None]
    order = list(labels)
    flat.sort(key=lambda item: order.index(item[0]) if item[0] in labels else len(order))
    return [(shorten(labels.get(path, path)), shorten(value)) for path, value in flat]


def _flatten(values: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yields each value of a JSON object, with its path joined by dots."""
    waiting: list[tuple[str, Any]] = list(values.items())[::-1]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict) and value:
            waiting.extend((f"{path}.{name}", value[name]) for name in reversed(value))
        else:
            yield path, value
