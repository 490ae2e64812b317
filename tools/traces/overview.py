"""The fields that describe a segment or subsegment itself: what it is, when, and its request."""

from tools.traces.formatting import format_seconds, format_status, format_time_precisely
from tools.traces.json_values import as_object
from tools.traces.model import Segment, SegmentBase
from tools.traces.resources import Field, flatten

_REQUEST_LABELS = {
    "method": "Method",
    "url": "URL",
    "user_agent": "User agent",
    "client_ip": "Client IP",
    "x_forwarded_for": "Client IP was forwarded",
    "traced": "Traced on",
}
_RESPONSE_LABELS = {"status": "Response code", "content_length": "Response length"}
_SQL_LABELS = {
    "sanitized_query": "Query",
    "url": "URL",
    "connection_string": "Connection",
    "database_type": "Database",
    "database_version": "Database version",
    "driver_version": "Driver version",
    "user": "User",
    "preparation": "Preparation",
}


def list_overview(record: SegmentBase) -> list[Field]:
    """Return the overview of a segment or subsegment: identity, times, request, response."""
    end_time = None if record.end_time is None else format_time_precisely(record.end_time)
    inferred = isinstance(record, Segment) and record.inferred
    fields = [
        Field("Kind", _describe_kind(record, inferred)),
        Field("ID", record.id),
        Field("Parent ID", record.parent_id or ""),
        Field("Status", format_status(record)),
        Field("Started", format_time_precisely(record.start_time)),
        Field("Ended", end_time or "in progress"),
        Field("Duration", format_seconds(record.duration_seconds)),
        *_label(record.http.get("request"), _REQUEST_LABELS),
        *_label(record.http.get("response"), _RESPONSE_LABELS),
    ]
    if isinstance(record, Segment):
        fields += [Field("User", record.user or ""), *_list_service(record)]
    return [field for field in fields if field.value]


def list_sql(record: SegmentBase) -> list[Field]:
    """Return the fields of the SQL query that a subsegment recorded; none if it did not."""
    return _label(record.sql, _SQL_LABELS)


def _describe_kind(record: SegmentBase, inferred: bool) -> str:
    if isinstance(record, Segment):
        return "inferred segment" if inferred else "segment"
    return f"{record.namespace} subsegment" if record.namespace else "subsegment"


def _list_service(segment: Segment) -> list[Field]:
    texts = dict(flatten(segment.service))
    return [Field(f"Service {path.replace('_', ' ')}", text) for path, text in texts.items()]


def _label(value: object, labels: dict[str, str]) -> list[Field]:
    texts = dict(flatten(as_object(value)))
    known = [path for path in labels if path in texts]
    other = [path for path in texts if path not in labels]
    return [Field(labels.get(path, path), texts[path]) for path in (*known, *other)]
