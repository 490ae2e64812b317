"""Puts the documents of one trace together: repeated, partial and separately sent ones."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tools.traces.documents import UnreadableDocumentError, parse_document
from tools.traces.model import Segment, SegmentBase, Subsegment, Trace, UnreadableDocument


def assemble_trace(
    trace_id: str, documents: Iterable[str], *, limit_exceeded: bool = False
) -> Trace:
    """Make a trace of its documents, in whatever order they come.

    A complete document replaces an in-progress one of the same id; of several complete
    ones, the one that ends last counts. A subsegment sent on its own goes under its parent.
    A document that can't be read is kept as unreadable.
    """
    parsed: list[Segment | Subsegment] = []
    unreadable: list[UnreadableDocument] = []
    for text in documents:
        try:
            parsed.append(parse_document(text))
        except UnreadableDocumentError as error:
            unreadable.append(UnreadableDocument(reason=str(error), text=text))
    chosen = _choose_by_id(parsed)
    segments = [record for record in chosen if isinstance(record, Segment)]
    separate = [record for record in chosen if isinstance(record, Subsegment)]
    orphans: list[Subsegment] = []
    if separate:
        segments, orphans = _Forest(segments, separate).build()
    return Trace(
        id=trace_id,
        segments=tuple(sorted(segments, key=_start_time)),
        orphans=tuple(sorted(orphans, key=_start_time)),
        duplicate_segment_count=_count_duplicates(parsed),
        unreadable_documents=tuple(unreadable),
        limit_exceeded=limit_exceeded,
    )


def _start_time(record: SegmentBase) -> float:
    return record.start_time


def _completeness(record: SegmentBase) -> tuple[bool, float]:
    return (not record.in_progress, record.end_time or record.start_time)


def _choose_by_id(parsed: Iterable[Segment | Subsegment]) -> list[Segment | Subsegment]:
    chosen: dict[tuple[type, str], Segment | Subsegment] = {}
    for record in parsed:
        key = (type(record), record.id)
        if key not in chosen or _completeness(record) > _completeness(chosen[key]):
            chosen[key] = record
    return list(chosen.values())


def _count_duplicates(parsed: Sequence[Segment | Subsegment]) -> int:
    distinct = {(type(record), record.id, record.in_progress) for record in parsed}
    return len(parsed) - len(distinct)


class _Forest:
    """Segments and subsegments as a flat table, to hang separately sent subsegments in.

    Nothing here recurses: subsegments sent one by one can form chains of any length.
    """

    def __init__(self, segments: Sequence[Segment], separate: Sequence[Subsegment]) -> None:
        self._records: dict[str, Segment | Subsegment] = {}
        self._parent_ids: dict[str, str | None] = {}
        for record in (*segments, *separate):
            self._add(record, record.parent_id if isinstance(record, Subsegment) else None)
        self._children: defaultdict[str, list[str]] = defaultdict(list)
        for record_id, parent_id in self._parent_ids.items():
            if parent_id is not None:
                self._children[parent_id].append(record_id)

    def _add(self, record: Segment | Subsegment, parent_id: str | None) -> None:
        waiting: list[tuple[Segment | Subsegment, str | None]] = [(record, parent_id)]
        while waiting:
            record, parent_id = waiting.pop()
            known = self._records.get(record.id)
            if known is None:
                self._parent_ids[record.id] = parent_id
            elif isinstance(known, Segment) or _completeness(record) <= _completeness(known):
                continue
            self._records[record.id] = record
            waiting.extend((child, record.id) for child in record.subsegments)

    def build(self) -> tuple[list[Segment], list[Subsegment]]:
        """Return the segments with all their subsegments, and the orphans with theirs."""
        built: dict[str, Segment | Subsegment] = {}
        segment_ids = [key for key, record in self._records.items() if isinstance(record, Segment)]
        orphan_ids = [
            key
            for key, parent_id in self._parent_ids.items()
            if parent_id not in self._records and isinstance(self._records[key], Subsegment)
        ]
        for root_id in (*segment_ids, *orphan_ids):
            self._build_tree(root_id, built)
        # What is left hangs on itself, in a circle of parent ids: cut it open where it began.
        for record_id, record in self._records.items():
            if record_id not in built and isinstance(record, Subsegment):
                orphan_ids.append(record_id)
                self._build_tree(record_id, built)
        orphans = [built[key] for key in orphan_ids]
        segments = [built[key] for key in segment_ids]
        return (
            [record for record in segments if isinstance(record, Segment)],
            [record for record in orphans if isinstance(record, Subsegment)],
        )

    def _build_tree(self, root_id: str, built: dict[str, Segment | Subsegment]) -> None:
        order: list[str] = []
        seen = {root_id}
        waiting = [root_id]
        while waiting:
            record_id = waiting.pop()
            order.append(record_id)
            for child_id in self._children.get(record_id, ()):
                if child_id not in seen:
                    seen.add(child_id)
                    waiting.append(child_id)
        parents = {child: key for key in order for child in self._children.get(key, ())}
        parents.pop(root_id, None)
        collected: defaultdict[str, list[Subsegment]] = defaultdict(list)
        for record_id in reversed(order):
            children = tuple(sorted(collected[record_id], key=_start_time))
            record = dataclasses.replace(self._records[record_id], subsegments=children)
            built[record_id] = record
            if record_id in parents and isinstance(record, Subsegment):
                collected[parents[record_id]].append(record)
