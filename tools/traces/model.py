"""What a trace is made of: segments, their subsegments, and the exceptions they recorded."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tools.traces.json_values import JsonObject, as_integer, as_object, as_text


class Status(StrEnum):
    """The one class a request is shown in; the most severe of its flags."""

    OK = "ok"
    ERROR = "error"
    THROTTLE = "throttle"
    FAULT = "fault"

    @property
    def severity(self) -> int:
        """Return 0 for ok up to 3 for fault."""
        return list(Status).index(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class StackFrame:
    """One frame of a recorded exception's stack."""

    path: str | None
    line: int | None
    label: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedException:
    """An exception that a segment or subsegment recorded in its ``cause``."""

    id: str | None
    type: str | None
    message: str | None
    remote: bool
    cause_id: str | None
    stack: tuple[StackFrame, ...]
    truncated_frame_count: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SegmentBase:
    """What segments and subsegments have in common; times are epoch seconds.

    ``text`` is the document as it was sent, with the fields this package doesn't know; None for
    a subsegment inside another's document.
    """

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
    subsegments: tuple["Subsegment", ...]
    text: str | None

    @property
    def duration_seconds(self) -> float | None:
        """Return how long it took in seconds, or None while it is in progress."""
        if self.in_progress or self.end_time is None:
            return None
        return max(0.0, self.end_time - self.start_time)

    @property
    def status(self) -> Status:
        """Return the most severe of fault, throttle and error, else ok."""
        if self.fault:
            return Status.FAULT
        if self.throttle:
            return Status.THROTTLE
        return Status.ERROR if self.error else Status.OK

    @property
    def response_code(self) -> int | None:
        """Return the HTTP status code of the response, if one was recorded."""
        return as_integer(as_object(self.http.get("response")).get("status"))

    @property
    def method(self) -> str | None:
        """Return the HTTP method of the request, if one was recorded."""
        return as_text(as_object(self.http.get("request")).get("method"))

    @property
    def url(self) -> str | None:
        """Return the URL of the HTTP request, if one was recorded."""
        return as_text(as_object(self.http.get("request")).get("url"))

    def descendants(self) -> Iterator["Subsegment"]:
        """Yield all subsegments under this one, each before its own subsegments."""
        waiting = list(reversed(self.subsegments))
        while waiting:
            subsegment = waiting.pop()
            yield subsegment
            waiting.extend(reversed(subsegment.subsegments))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Subsegment(SegmentBase):
    """A part of a segment's work: a call to something else, or local work."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Segment(SegmentBase):
    """One service's record of one request.

    ``inferred`` segments were made by X-Ray from the calling subsegment, for a service
    that sends no segments of its own.
    """

    origin: str | None
    inferred: bool
    user: str | None
    service: JsonObject
    resource_arn: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadableDocument:
    """A document that isn't a valid segment document, and why."""

    reason: str
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """All that was recorded of one request on its way through the services.

    Attributes:
        id: The trace id.
        segments: One per segment id, by start time.
        orphans: Subsegments sent on their own whose parent isn't in the trace.
        duplicate_segment_count: Documents that repeated one of the same id. An in-progress
            document followed by its complete one is no repetition.
        unreadable_documents: What could not be read as a segment document.
        unprocessed: X-Ray listed the trace but did not return its documents.
        limit_exceeded: The trace has more documents than X-Ray keeps.
    """

    id: str
    segments: tuple[Segment, ...] = ()
    orphans: tuple[Subsegment, ...] = ()
    duplicate_segment_count: int = 0
    unreadable_documents: tuple[UnreadableDocument, ...] = ()
    unprocessed: bool = False
    limit_exceeded: bool = False

    @functools.cached_property
    def top_level(self) -> tuple[SegmentBase, ...]:
        """Return segments and orphans, by start time."""
        return tuple(sorted((*self.segments, *self.orphans), key=lambda record: record.start_time))

    @functools.cached_property
    def records(self) -> tuple[SegmentBase, ...]:
        """Return all segments and subsegments."""
        return tuple(record for top in self.top_level for record in (top, *top.descendants()))

    @functools.cached_property
    def entry(self) -> SegmentBase | None:
        """Return the segment that the request came in at, or None for an empty trace.

        It is the first without a caller, else the first whose caller isn't in the trace,
        else the first of all.
        """
        ids = {record.id for record in self.records}
        roots = [segment for segment in self.segments if segment.parent_id is None]
        lost = [segment for segment in self.segments if segment.parent_id not in ids]
        return next(iter((*roots, *lost, *self.top_level)), None)

    @functools.cached_property
    def start_time(self) -> float:
        """Return when it began in epoch seconds: by its records, else by its id, else 0."""
        if self.records:
            return min(record.start_time for record in self.records)
        try:
            return float(int(self.id.split("-")[1], 16))
        except (IndexError, ValueError):
            return 0.0

    @functools.cached_property
    def end_time(self) -> float:
        """Return the last time seen in it, in epoch seconds."""
        ends = [record.end_time or record.start_time for record in self.records]
        return max((*ends, self.start_time))

    @property
    def duration_seconds(self) -> float:
        """Return the seconds from its first to its last time."""
        return self.end_time - self.start_time

    @property
    def in_progress(self) -> bool:
        """Return whether any segment is still open."""
        return any(top.in_progress for top in self.top_level)

    @functools.cached_property
    def status(self) -> Status:
        """Return the most severe status of its segments."""
        statuses = [top.status for top in self.top_level]
        return max(statuses, key=lambda status: status.severity, default=Status.OK)

    @functools.cached_property
    def exceptions_by_id(self) -> dict[str, tuple[SegmentBase, RecordedException]]:
        """Return each recorded exception with the record it belongs to, by its id."""
        return {
            exception.id: (record, exception)
            for record in self.records
            for exception in record.exceptions
            if exception.id is not None
        }
