"""Traces: all that was recorded of one request, put together from documents in any order."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .records import Record, Status, Unreadable, UnreadableDocumentError, parse_document


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """All that was recorded of one request on its way through the services."""

    id: str
    records: tuple[Record, ...] = ()
    """Its segments and subsegments, one per id, by start time."""

    documents: Mapping[str, str] = field(default_factory=dict[str, str])
    """The text of each document that was read, by the id of its segment."""

    duplicate_segment_count: int = 0
    """Documents that repeated one of the same id. An in-progress document followed by its complete
    one is no repetition."""

    unreadable: tuple[tuple[str, str], ...] = ()
    """Why each document or subsegment could not be read, and its text."""

    unprocessed: bool = False
    """Whether X-Ray listed it but did not return its documents."""

    limit_exceeded: bool = False
    """Whether it has more documents than X-Ray keeps."""

    @cached_property
    def segments(self) -> tuple[Record, ...]:
        """Returns its segments, by start time."""
        return tuple(record for record in self.records if record.is_segment)

    @cached_property
    def tops(self) -> tuple[Record, ...]:
        """Returns its segments, and the subsegments whose parent isn't in it."""
        return tuple(
            record for record in self.records if record.is_segment or not self.parent_of(record)
        )

    def parent_of(self, record: Record) -> Record | None:
        """Returns the record that another is in or answers, if that is in the trace."""
        parent = None if record.parent_id is None else self._by_id.get(record.parent_id)
        return None if parent is record else parent

    def walk(self) -> Iterator[tuple[Record, int]]:
        """Yields each record once, after the one that it is in or answers, and how deep it is."""
        children: defaultdict[str | None, list[Record]] = defaultdict(list)
        for record in reversed(self.records):
            parent = self.parent_of(record)
            children[parent and parent.id].append(record)
        seen: set[str] = set()
        # What no root leads to hangs in a circle of parent ids; it begins with its first record.
        for root in (*reversed(children[None]), *self.records):
            waiting = [(root, 0)]
            while waiting:
                record, depth = waiting.pop()
                if record.id not in seen:
                    seen.add(record.id)
                    yield record, depth
                    waiting.extend((child, depth + 1) for child in children[record.id])

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
            return float(int(self.id[2:10], 16))
        except ValueError:
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
        return any(top.is_open for top in self.tops)

    @cached_property
    def status(self) -> Status:
        """Returns the most severe status of its segments."""
        statuses = [top.status for top in self.tops]
        return max(statuses, key=lambda status: status.severity, default=Status.OK)

    @cached_property
    def _by_id(self) -> dict[str, Record]:
        return {record.id: record for record in self.records}


def assemble_trace(
    trace_id: str, documents: Iterable[str], *, limit_exceeded: bool = False
) -> Trace:
    """Makes a trace of its documents, in whatever order they come.

    Of several records of one id a complete one counts rather than one in progress, of complete ones
    that which ends last, and then that of the longest document: an SDK sends a segment again when
    it knows more. What can't be read is kept as unreadable.
    """
    best: dict[str, tuple[tuple[float, ...], Record]] = {}
    sent: Counter[tuple[str, bool]] = Counter()
    read: dict[str, str] = {}
    unreadable: Unreadable = []
    for text in documents:
        try:
            parsed, removed = parse_document(text)
        except UnreadableDocumentError as error:
            unreadable.append((str(error), text))
            continue
        unreadable += removed
        sent[parsed[0].id, parsed[0].is_open] += 1
        for index, record in enumerate(parsed):
            rank = (*_rank(record), len(text))
            if record.id not in best or rank > best[record.id][0]:
                best[record.id] = (rank, record)
                if index == 0:
                    read[record.id] = text
    return Trace(
        id=trace_id,
        records=tuple(
            sorted((each for _, each in best.values()), key=lambda each: each.start_time)
        ),
        documents=read,
        duplicate_segment_count=sent.total() - len(sent),
        unreadable=tuple(dict.fromkeys(unreadable)),
        limit_exceeded=limit_exceeded,
    )


def newness(trace: Trace) -> tuple[float, str]:
    """Returns what sorts traces, the newest first."""
    return (-trace.start_time, trace.id)


def _rank(record: Record) -> tuple[bool, bool, float]:
    return (record.is_segment, not record.is_open, record.end_time or record.start_time)
