"""Times in other units than seconds, and how far apart times can be."""

import math
from typing import Final

LONGEST_SECONDS: Final = 30 * 24 * 60 * 60
"""X-Ray keeps traces for 30 days (X-Ray endpoints and quotas), so that none lasts longer."""

UNITS: Final = ("", "milliseconds", "microseconds", "nanoseconds")
"""What emitters write where X-Ray wants seconds; a time up to the year 5138 is in just one."""


def in_seconds(time: float) -> tuple[float, str]:
    """Returns a time in seconds, and the unit that it was in where that was another."""
    thousands = min(max(0, int(math.log10(max(time, 1.0)) - 8) // 3), len(UNITS) - 1)
    return time / 1000**thousands, UNITS[thousands]
