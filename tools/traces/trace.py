"""Traces: all that was recorded of one request, put together from documents in any order."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from .clocks import LONGEST_SECONDS
from .records import Record, Status, Unreadable, UnreadableDocumentError, parse_document

CLOCK_SECONDS: Final = 1.0
"""By how much clocks may differ and be called right: those that are kept differ by milliseconds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """All that was recorded of one request on its way through the services."""

    id: str
    records: tuple[Record, ...] = ()
    """Its segments and subsegments, by start time."""

    documents: Mapping[Record, str] = field(default_factory=dict[Record, str])
    """The text of each document that was read, by its segment."""

    listed_start: float = 0.0
    """When X-Ray's list says that it began, in epoch seconds; 0 if it doesn't."""

    duplicate_segment_count: int = 0
    """Documents that repeated one of the same id, and subsegments in a document that did. An
    in-progress document followed by its complete one is no repetition, unless of another name."""

    unreadable: tuple[tuple[str, str], ...] = ()
    """Why each document or subsegment could not be read, and its text."""

    unprocessed: bool = False
    """Whether X-Ray listed it but did not return its documents."""

    limit_exceeded: bool = False
    """Whether it has more documents than X-Ray keeps."""

    def __post_init__(self) -> None:
        _mark_wrong_clocks(self)

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
        return self._parents[record]

    def walk(self) -> Iterator[tuple[Record, int]]:
        """Yields each record once, after the one that it is in or answers, and how deep it is."""
        children: defaultdict[Record | None, list[Record]] = defaultdict(list)
        for record in reversed(self.records):
            children[self.parent_of(record)].append(record)
        seen: set[Record] = set()
        # What no root leads to hangs in a circle of parent ids; it begins with its first record.
        for root in (*reversed(children[None]), *self.records):
            waiting = [(root, 0)]
            while waiting:
                record, depth = waiting.pop()
                if record not in seen:
                    seen.add(record)
                    yield record, depth
                    waiting.extend((child, depth + 1) for child in children[record])

    @cached_property
    def entry(self) -> Record | None:
        """Returns the segment that the request came in at, or None for an empty trace.

        It is the first without a caller, else the first whose caller isn't in the trace, else the
        first of all.
        """
        lost = [segment for segment in self.segments if self.parent_of(segment) is None]
        roots = [segment for segment in lost if segment.parent_id is None]
        return next(iter((*roots, *lost, *self.segments, *self.records)), None)

    @cached_property
    def start_time(self) -> float:
        """Returns when it began in epoch seconds: by its records, else by X-Ray's list, else 0.

        Its id doesn't tell: the time in it is "not required or validated", and random where
        OpenTelemetry made it (X-Ray API reference, PutTraceSegments).
        """
        return next((each.start_time for each in self.records if each.in_time), self.listed_start)

    @cached_property
    def end_time(self) -> float:
        """Returns the last time seen in it, in epoch seconds."""
        ends = [each.end_time or each.start_time for each in self.records if each.in_time]
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
    def _parents(self) -> dict[Record, Record | None]:
        return {record: self._find_parent(record) for record in self.records}

    @cached_property
    def _by_id(self) -> dict[object, list[Record]]:
        """Returns the records of each id, and the one of each key."""
        by_id: defaultdict[object, list[Record]] = defaultdict(list)
        for record in self.records:
            by_id[record.id].append(record)
            by_id[record.key].append(record)
        return by_id

    def _find_parent(self, record: Record) -> Record | None:
        holder = record.within and self._by_id.get(record.within.key, [record])[0]
        if holder and holder is not record:
            return holder
        found = [each for each in self._by_id.get(record.parent_id, ()) if each is not record]
        # A segment answers a subsegment; a subsegment that was sent alone is in a segment.
        found.sort(key=lambda each: each.is_segment == record.is_segment)
        if record.is_segment:
            # Some emitters give a call and the segment that answers it one id.
            found = [each for each in self._by_id[record.id] if _can_be_call(each, record)] or found
        return next(iter(found), None)


def assemble_trace(
    trace_id: str, documents: Iterable[str], *, limit_exceeded: bool = False
) -> Trace:
    """Makes a trace of its documents, in whatever order they come.

    Of several records of one id and name a complete one counts rather than one in progress, of
    complete ones that which ends last, and then that of the longest document: an SDK sends a
    segment again when it knows more. What can't be read is kept as unreadable.
    """
    best: dict[tuple[str, bool, str], tuple[tuple[float, ...], Record]] = {}
    sent: Counter[object] = Counter()
    read: dict[Record, str] = {}
    unreadable: Unreadable = []
    for text in documents:
        try:
            parsed, removed = parse_document(text)
        except UnreadableDocumentError as error:
            unreadable.append((str(error), text))
            continue
        unreadable += removed
        sent[parsed[0].key, parsed[0].is_open] += 1
        read[parsed[0]] = text
        within = Counter(record.key for record in parsed)
        sent.update({(text, key): count for key, count in within.items() if count > 1})
        for record in parsed:
            ended = record.end_time or record.start_time
            rank = (not record.is_open, ended, len(text))
            if record.key not in best or rank > best[record.key][0]:
                best[record.key] = (rank, record)
    complete = {key[:2] for key, (rank, _) in best.items() if rank[0]}
    kept = [each for key, (rank, each) in best.items() if rank[0] or key[:2] not in complete]
    return Trace(
        id=trace_id,
        records=tuple(sorted(kept, key=lambda each: each.start_time)),
        documents={record: read[record] for record in kept if record in read},
        duplicate_segment_count=sent.total() - len(sent) + len(best) - len(kept),
        unreadable=tuple(dict.fromkeys(unreadable)),
        limit_exceeded=limit_exceeded,
    )


def newness(trace: Trace) -> tuple[float, str]:
    """Returns what sorts traces, the newest first."""
    return (-trace.start_time, trace.id)


def _can_be_call(record: Record, segment: Record) -> bool:
    outermost = record
    while outermost.within:
        outermost = outermost.within
    inside = segment.key == outermost.key or outermost.parent_id == segment.id
    return not record.is_segment and not inside


def _mark_wrong_clocks(trace: Trace) -> None:
    """Marks the records of a trace whose times can't be.

    Nothing can begin before what it is in or answers, nor an answer after the end of its call, and
    nothing is further from the rest than X-Ray keeps traces. A segment's parts have its clock.
    """
    middle = statistics.median_high([each.start_time for each in trace.records] or [0.0])
    right: dict[Record | None, Record | None] = {}
    """Each record, and of it and what it is in or answers the nearest whose times can be."""
    for record, _ in trace.walk():
        outer = trace.parent_of(record)
        caller = right.get(outer)
        record.in_time = record.is_segment or right.get(outer, outer) is outer
        seconds = _seconds_off(record, caller, middle)
        if record.in_time and seconds:
            side = "ahead" if seconds > 0 else "behind"
            record.wrong_times = f"clock {abs(seconds):,.0f} s {side}"
            record.in_time = False
        right[record] = record if record.in_time else caller


def _seconds_off(record: Record, caller: Record | None, middle: float) -> float:
    """Returns how far from its caller or the rest a record is, or 0 where it can be there."""
    apart = record.start_time - (middle if caller is None else caller.start_time)
    early = apart < -CLOCK_SECONDS and caller is not None
    late = False
    # What begins later may be work that nobody waits for, but for what could be the answer.
    if caller and caller.end_time and record.is_segment and caller.namespace == "remote":
        room = (caller.duration_seconds or 0.0) - (record.duration_seconds or 0.0)
        late = room >= 0 and record.start_time > caller.end_time + CLOCK_SECONDS
    return apart if early or late or abs(apart) > LONGEST_SECONDS else 0.0
