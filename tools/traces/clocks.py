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

    A segment can't begin before what called it, nor after the end of a call whose answer it is; and
    none is further from most of its trace than X-Ray keeps traces. A clock is that of a segment
    with its subsegments, and others are seen by the clock of their callers.
    """
    shifts: dict[Record | None, float] = {}
    middle = statistics.median_high([each.start_time for each in trace.segments] or [0.0])
    for record, _ in trace.walk():
        caller = trace.parent_of(record)
        shift = _shift(record, caller, middle) if record.is_segment else shifts.get(caller, 0.0)
        shifts[record] = shift
        record.start_time += shift
        if record.end_time is not None:
            record.end_time += shift
        if shift and record.is_segment:
            off = f"{abs(shift):,.0f} s {'behind' if shift > 0 else 'ahead'}"
            record.wrong_times = f"clock {off}"
    return any(shifts.values())


def _shift(segment: "Record", caller: "Record | None", middle: float) -> float:
    """Returns the seconds by which a segment's times must be moved, 0 if they can be right."""
    start, seconds = segment.start_time, segment.duration_seconds or 0.0
    if caller is None:
        return middle - start if abs(middle - start) > LONGEST_SECONDS else 0.0
    room = (caller.duration_seconds or 0.0) - seconds
    # What begins later may be work that nobody waits for, but for what could be the answer.
    late = start - (caller.end_time or start) if caller.namespace == "remote" and room >= 0 else 0.0
    early = caller.start_time - start
    if max(early, late) > CLOCK_SECONDS or abs(early) > LONGEST_SECONDS:
        return early + max(room, 0.0) / 2
    return 0.0
