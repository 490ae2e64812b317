"""The windows of time that traces are listed in."""

import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Window: TypeAlias = tuple[datetime, datetime]
"""A start and an end."""

LONGEST: Final = timedelta(hours=6)
"""All that X-Ray lists in one call: it answers "Time range cannot be longer than 6 hours" beyond.
The API reference does not say so."""

SHORTEST: Final = timedelta(minutes=5)
"""What isn't worth to be split, so that a few traces take few calls."""

OVERLAP: Final = timedelta(minutes=1)
"""So that a trace which straddles a boundary lies within one window."""


def split_window(start: datetime, end: datetime, parts: int = 1) -> list[Window]:
    """Split a window into some that are listed side by side, in whole seconds, the newest first.

    Each page of a list has the token of the next, so that one window is listed page by page.

    Args:
        start: The start; local if it has no time zone.
        end: The end.
        parts: How many windows are wanted; there are more where they would be longer than X-Ray
            lists, and fewer where they would be short.

    Raises:
        ValueError: ``start`` isn't before ``end``.
    """
    if start >= end:
        raise ValueError("The start of the time window must be before its end.")
    second = timedelta(seconds=1)
    start = start.astimezone(UTC).replace(microsecond=0) - second
    end = end.astimezone(UTC).replace(microsecond=0) + 2 * second
    fewest = math.ceil((end - start) / (LONGEST - OVERLAP))
    count = max(fewest, min(parts, (end - start) // SHORTEST))
    step = timedelta(seconds=math.ceil((end - start).total_seconds() / count))
    bounds = [max(start, end - step * number) for number in range(count + 1)]
    return [(max(start, first - OVERLAP), last) for last, first in itertools.pairwise(bounds)]
