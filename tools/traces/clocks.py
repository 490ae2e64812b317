"""Corrects times that can't be: those in other units than seconds, and of wrong clocks."""

import statistics
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .records import Record
    from .trace import Trace

CLOCK_SECONDS: Final = 1.0
"""By how much clocks may differ and be called right: those that are kept differ by milliseconds."""

LONGEST_SECONDS: Final = 30 * 24 * 60 * 60
"""X-Ray keeps traces for 30 days (X-Ray endpoints and quotas), so that none lasts longer."""

UNITS: Final = {1e-9: "nanoseconds", 1e-6: "microseconds", 1e-3: "milliseconds"}
"""What emitters write where X-Ray wants seconds; a time up to the year 5138 is in just one."""


def in_seconds(time: float) -> tuple[float, str]:
    """Returns a time in seconds, and the unit that it was in where that was another."""
    units = ((time * factor, unit) for factor, unit in UNITS.items() if time * factor >= 100e6)
    return next(units, (time, ""))


def correct_clocks(trace: "Trace") -> bool:
    """Moves what clocks that were wrong recorded to where it can have been, and says whether any.

    Nothing can begin before what it is in or answers, nor an answer after the end of its call, and
    nothing is further from the rest than X-Ray keeps traces. A clock is that of a segment with its
    subsegments; others are seen by the clocks of their callers.
    """
    moves: dict[Record | None, float] = {}
    middle = statistics.median_high([each.start_time for each in trace.records] or [0.0])
    for record, _ in trace.walk():
        caller = trace.parent_of(record)
        moves[record] = 0.0 if record.is_segment else moves.get(caller, 0.0)
        for move in (moves[record], _find_move(record, caller, middle, moves[record])):
            record.start_time += move
            record.end_time = record.end_time and record.end_time + move
        moves[record] += move
        if move:
            side = "behind" if move > 0 else "ahead"
            record.wrong_times = f"clock {abs(move):,.0f} s {side}"
    return any(moves.values())


def _find_move(record: "Record", caller: "Record | None", middle: float, moved: float) -> float:
    """Returns the seconds by which times that can't be must move, once they moved by some."""
    start, seconds = record.start_time + moved, record.duration_seconds or 0.0
    if caller is None:
        return middle - start if abs(middle - start) > LONGEST_SECONDS else 0.0
    room = (caller.duration_seconds or 0.0) - seconds
    early, late = caller.start_time - start, 0.0
    # What begins later may be work that nobody waits for, but for what could be the answer.
    if record.is_segment and caller.namespace == "remote" and caller.end_time and room >= 0:
        late = start - caller.end_time
    if max(early, late) > CLOCK_SECONDS or abs(early) > LONGEST_SECONDS:
        return early + max(room, 0.0) / 2
    return 0.0
