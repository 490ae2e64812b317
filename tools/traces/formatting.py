"""Texts for numbers, times and names, the same in the terminal and in the page."""

import contextlib
import json
import re
from datetime import datetime
from typing import Final

from .records import Record, Status, shorten

LONGEST_DOCUMENT: Final = 200_000
"""X-Ray takes documents of 64 kB (X-Ray segment documents); indented they are longer."""


def format_seconds(seconds: float | None) -> str:
    """Returns a duration with three significant digits, such as `12.3 ms`; a hyphen for None."""
    if seconds is None:
        return "-"
    value, unit = (seconds * 1000, "ms") if seconds < 0.9995 else (seconds, "s")
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f} {unit}"


def format_rate(per_minute: float) -> str:
    """Returns a number of requests per minute, such as `12.5`."""
    if 0 < per_minute < 0.05:
        return "<0.1"
    return f"{per_minute:,.0f}" if per_minute >= 99.95 else f"{per_minute:.1f}"


def format_share(share: float) -> str:
    """Returns a share as percent; one that is small, but not zero, never reads as `0%`."""
    percent = share * 100
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.1f}".removesuffix(".0") + "%"


def format_count(count: int, what: str) -> str:
    """Returns how many there are of what is named in the plural, such as `1 trace in progress`."""
    return f"{count:,} " + (re.sub(r"s\b", "", what, count=1) if count == 1 else what)


def format_time(epoch_seconds: float) -> str:
    """Returns a local date and time with its offset to UTC; 0 is none that is known."""
    local = datetime.fromtimestamp(epoch_seconds).astimezone()
    return local.isoformat(sep=" ", timespec="milliseconds") if epoch_seconds else "unknown"


def format_status(record: Record) -> str:
    """Returns the status of a segment, and whether it is still open."""
    if record.is_open:
        return "in progress" if record.status is Status.OK else f"{record.status}, in progress"
    return str(record.status)


def indent_json(text: str) -> str:
    """Returns JSON text with a line for each value, or as it is where it is nested too deeply."""
    with contextlib.suppress(RecursionError):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    return shorten(text, LONGEST_DOCUMENT)


def printable(text: str) -> str:
    """Returns text that is safe to print: control characters become visible escapes.

    Names and URLs come from whoever called the service; a terminal obeys control characters.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in shorten(text)
    )
