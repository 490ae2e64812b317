"""Traces: all that was recorded of one request, put together from documents in any order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from .records import Record, Status, UnreadableDocumentError, parse_document


class UnreadableDocument(NamedTuple):
    """A document that isn't a valid segment document, and why."""

    reason: str
    text: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """All that was recorded of one request on its way through the services.

    Attributes:
        id: The trace id.
        records: Its segments and subsegments, one per id, by start time.
        documents: The text of each document that was read, by the id of its segment.
        duplicate_segment_count: Documents that repeated one of the same id. An in-progress
            document followed by its complete one is no repetition.
        unreadable_documents: What could not be read as a segment document.
        unprocessed: X-Ray listed the trace but did not return its documents.
        limit_exceeded: The trace has more documents than X-Ray keeps.
    """

    id: str
    records: tuple[Record, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict[str, str])
    duplicate_segment_count: int = 0
    unreadable_documents: tuple[UnreadableDocument, ...] = ()
    unprocessed: bool = False
    limit_exceeded: bool = False

    @cached_property
    def segments(self) -> tuple[Record, ...]:
        """Returns its segments, by start time."""
        return tuple(record for record in self.records if record.is_segment)

    @cached_property
    def orphans(self) -> tuple[Record, ...]:
        """Returns the subsegments whose parent isn't in the trace, by start time."""
        return tuple(
            record for record in self.records if not (record.is_segment or self.parent_of(record))
        )

    def parent_of(self, record: Record) -> Record | None:
        """Returns the record that another is in or answers, if that is in the trace."""
        parent = None if record.parent_id is None else self._by_id.get(record.parent_id)
        return None if parent is record else parent

    def children_of(self, record: Record) -> Sequence[Record]:
        """Returns the subsegments within a record and the segments that answer it, by start."""
        return self._children.get(record.id, ())

    def subsegments_of(self, record: Record) -> list[Record]:
        """Returns the subsegments within a record, by start time."""
        return [child for child in self.children_of(record) if not child.is_segment]

    @cached_property
    def entry(self) -> Record | None:
        """Returns the segment that the request came in at, or None for an empty trace.

        It is the first without a caller, else the first whose caller isn't in the trace, else the
        first of all.
        """
        roots = [segment for segment in self.segments if segment.parent_id is None]
        lost = [segment for segment in self.segments if segment.parent_id not in self._by_id]
        return next(iter((*roots, *lost, *self.segments, *self.records)), None)

    @cached_property
    def start_time(self) -> float:
        """Returns when it began in epoch seconds: by its records, else by its id, else 0."""
        if self.records:
            return self.records[0].start_time
        try:
            return float(int(self.id.split("-")[1], 16))
        except (IndexError, ValueError):
            return 0.0

    @cached_property
    def end_time(self) -> float:
        """Returns the last time seen in it, in epoch seconds."""
        ends = [record.end_time or record.start_time for record in self.records]
        return max((*ends, self.start_time))

    @property
    def duration_seconds(self) -> float:
        """Returns the seconds from its first to its last time."""
        return self.end_time - self.start_time

    @property
    def in_progress(self) -> bool:
        """Returns whether any segment is still open."""
        return any(top.is_open for top in (*self.segments, *self.orphans))

    @cached_property
    def status(self) -> Status:
        """Returns the most severe status of its segments."""
        statuses = [top.status for top in (*self.segments, *self.orphans)]
        return max(statuses, key=list(Status).index, default=Status.OK)

    @cached_property
    def _by_id(self) -> dict[str, Record]:
        return {record.id: record for record in self.records}

    @cached_property
    def _children(self) -> dict[str, list[Record]]:
        children: defaultdict[str, list[Record]] = defaultdict(list)
        for record in self.records:
            parent = self.parent_of(record)
            if parent is not None:
                children[parent.id].append(record)
        return children


def assemble_trace(
    trace_id: str, documents: Iterable[str], *, limit_exceeded: bool = False
) -> Trace:
    """Makes a trace of its documents, in whatever order they come.

    Of several records of one id a complete one counts rather than one in progress, and of complete
    ones that which ends last. A document that can't be read is kept as unreadable.
    """
    records: dict[str, Record] = {}
    sent: Counter[tuple[str, bool]] = Counter()
    read: dict[str, str] = {}
    unreadable: list[UnreadableDocument] = []
    for text in documents:
        try:
            parsed = parse_document(text)
        except UnreadableDocumentError as error:
            unreadable.append(UnreadableDocument(str(error), text))
            continue
        sent[parsed[0].id, parsed[0].is_open] += 1
        for index, record in enumerate(parsed):
            if record.id not in records or _rank(record) > _rank(records[record.id]):
                records[record.id] = record
                if index == 0:
                    read[record.id] = text
    return Trace(
        id=trace_id,
        records=tuple(sorted(records.values(), key=lambda record: record.start_time)),
        documents=read,
        duplicate_segment_count=sent.total() - len(sent),
        unreadable_documents=tuple(unreadable),
        limit_exceeded=limit_exceeded,
    )


def newness(trace: Trace) -> tuple[float, str]:
    """Returns what sorts traces, the newest first."""
    return (-trace.start_time, trace.id)


def _rank(record: Record) -> tuple[bool, bool, float]:
    return (record.is_segment, not record.is_open, record.end_time or record.start_time)
