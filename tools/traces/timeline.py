"""The timeline of a trace: its segments and subsegments as nested rows."""

from collections import defaultdict
from dataclasses import dataclass

from tools.traces.model import SegmentBase, Trace


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineRow:
    """A segment or subsegment in the timeline.

    Attributes:
        record: The segment or subsegment.
        depth: How deep it is nested; 0 is the outermost.
        offset_seconds: When it began, from the beginning of the trace.
        length_seconds: How long it took; until the end of the trace if it is in progress.
        parent_missing: Its parent isn't in the trace.
    """

    record: SegmentBase
    depth: int
    offset_seconds: float
    length_seconds: float
    parent_missing: bool


def build_timeline(trace: Trace) -> list[TimelineRow]:
    """Return a row per segment and subsegment, each under the one that called it."""
    ids = {record.id for record in trace.records}
    answers: defaultdict[str, list[SegmentBase]] = defaultdict(list)
    roots: list[SegmentBase] = []
    for top in trace.top_level:
        if top.parent_id in ids and top.parent_id != top.id:
            answers[top.parent_id or ""].append(top)
        else:
            roots.append(top)
    rows: list[TimelineRow] = []
    seen: set[int] = set()
    # What no root leads to hangs in a circle of parent ids; it is shown from its first segment.
    for root in (*roots, *trace.top_level):
        waiting = [(root, 0)]
        while waiting:
            record, depth = waiting.pop()
            if id(record) in seen:
                continue
            seen.add(id(record))
            rows.append(_build_row(trace, record, depth, ids))
            inner = [*record.subsegments, *answers.get(record.id, ())]
            inner.sort(key=lambda item: item.start_time, reverse=True)
            waiting.extend((item, depth + 1) for item in inner)
    return rows


def _build_row(trace: Trace, record: SegmentBase, depth: int, ids: set[str]) -> TimelineRow:
    duration = record.duration_seconds
    open_seconds = trace.end_time - record.start_time
    return TimelineRow(
        record=record,
        depth=depth,
        offset_seconds=record.start_time - trace.start_time,
        length_seconds=open_seconds if duration is None else duration,
        parent_missing=depth == 0 and record.parent_id is not None and record.parent_id not in ids,
    )
