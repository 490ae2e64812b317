"""The details of one segment, section by section, as terminal and page show them."""

from dataclasses import dataclass

from tools.traces.formatting import indent_json
from tools.traces.json_values import JsonObject
from tools.traces.model import RecordedException, SegmentBase, Trace
from tools.traces.overview import list_overview, list_sql
from tools.traces.resources import Field, flatten, list_resources


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentDetails:
    """What is known of one segment or subsegment.

    Attributes:
        sections: Titles and fields; sections without fields are left out.
        exceptions: The exceptions that it recorded itself.
        cause: Which exception, recorded elsewhere in the trace, it names as its cause.
        raw: The document as JSON text, for segments only: it holds the subsegments too.
    """

    sections: list[tuple[str, list[Field]]]
    exceptions: tuple[RecordedException, ...]
    cause: str | None
    raw: str | None


def describe_segment(trace: Trace | None, record: SegmentBase) -> SegmentDetails:
    """Return the details of a segment or subsegment; ``trace`` resolves what it refers to."""
    sections = (
        ("Overview", list_overview(record)),
        ("Resources", list_resources(record)),
        ("Annotations", _list_fields(record.annotations)),
        ("Metadata", _list_fields(record.metadata)),
        ("SQL", list_sql(record)),
    )
    return SegmentDetails(
        sections=[(title, fields) for title, fields in sections if fields],
        exceptions=record.exceptions,
        cause=_describe_cause(trace, record),
        raw=None if record.text is None else indent_json(record.text),
    )


def _list_fields(values: JsonObject) -> list[Field]:
    return [Field(path, text) for path, text in flatten(values)]


def _describe_cause(trace: Trace | None, record: SegmentBase) -> str | None:
    if record.cause_id is None:
        return None
    known = None if trace is None else trace.exceptions_by_id.get(record.cause_id)
    if known is None:
        return f"Exception {record.cause_id}"
    origin, exception = known
    return f"{exception.type or 'Exception'}: {exception.message or ''} (in {origin.name})"
