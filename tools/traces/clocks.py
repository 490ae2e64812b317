"""Times that can't be: those in other units than seconds, and of wrong clocks."""

import math
import statistics
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .records import Record
    from .trace import Trace

CLOCK_SECONDS: Final = 1.0
"""By how much clocks may differ and be called right: those that are kept differ by milliseconds."""

LONGEST_SECONDS: Final = 30 * 24 * 60 * 60
"""X-Ray keeps traces for 30 days (X-Ray endpoints and quotas), so that none lasts longer."""

UNITS: Final = ("", "milliseconds", "microseconds", "nanoseconds")
"""What emitters write where X-Ray wants seconds; a time up to the year 5138 is in just one."""


def in_seconds(time: float) -> tuple[float, str]:
    """Returns a time in seconds, and the unit that it was in where that was another."""
    thousands = max(0, int(math.log10(max(time, 1.0)) - 8) // 3)
    return time / 1000**thousands, UNITS[thousands]


def mark_wrong_clocks(trace: "Trace") -> None:
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


def _seconds_off(record: "Record", caller: "Record | None", middle: float) -> float:
    """Returns how far from its caller or the rest a record is, or 0 where it can be there."""
    apart = record.start_time - (middle if caller is None else caller.start_time)
    early = apart < -CLOCK_SECONDS and caller is not None
    late = False
    # What begins later may be work that nobody waits for, but for what could be the answer.
    if caller and caller.end_time and record.is_segment and caller.namespace == "remote":
        room = (caller.duration_seconds or 0.0) - (record.duration_seconds or 0.0)
        late = room >= 0 and record.start_time > caller.end_time + CLOCK_SECONDS
    return apart if early or late or abs(apart) > LONGEST_SECONDS else 0.0
