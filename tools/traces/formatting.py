"""Texts for numbers, times and names, the same in the terminal and in the page."""

import json
from datetime import datetime

from tools.traces.model import SegmentBase, Status


def format_seconds(seconds: float | None) -> str:
    """Return a duration with three significant digits, such as ``12.3 ms``; a hyphen for None."""
    if seconds is None:
        return "-"
    milliseconds = seconds * 1000
    if milliseconds < 9.995:
        return f"{milliseconds:.2f} ms"
    if milliseconds < 99.95:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:,.0f} s"


def format_rate(per_minute: float) -> str:
    """Return a number of requests per minute, such as ``12.5``."""
    if 0 < per_minute < 0.05:
        return "<0.1"
    return f"{per_minute:,.0f}" if per_minute >= 99.95 else f"{per_minute:.1f}"


def format_share(share: float) -> str:
    """Return a share as percent; one that is small, but not zero, never reads as ``0%``."""
    percent = share * 100
    if 0 < percent < 0.1:
        return "<0.1%"
    if 99.9 < percent < 100:
        return ">99.9%"
    return f"{percent:.0f}%" if percent == round(percent) else f"{percent:.1f}%"


def format_time(epoch_seconds: float) -> str:
    """Return a local date and time to the second."""
    return _local(epoch_seconds).strftime("%Y-%m-%d %H:%M:%S")


def format_time_precisely(epoch_seconds: float) -> str:
    """Return a local date and time to the millisecond, with its offset to UTC."""
    return _local(epoch_seconds).isoformat(sep=" ", timespec="milliseconds")


def format_status(record: SegmentBase) -> str:
    """Return the status of a segment, and whether it is still open."""
    if record.in_progress:
        return "in progress" if record.status is Status.OK else f"{record.status}, in progress"
    return str(record.status)


def format_json(value: object, indent: int | None = None) -> str:
    """Return a JSON value as text."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return "(nested too deeply to show)"


def indent_json(text: str) -> str:
    """Return JSON text with a line for each value, or as it is where it is nested too deeply."""
    try:
        return format_json(json.loads(text), indent=2)
    except RecursionError:
        return text


def printable(text: str) -> str:
    """Return text that is safe to print: control characters become visible escapes.

    Names and URLs come from whoever called the service; a terminal obeys control characters.
    """
    return "".join(
        character if character.isprintable() or character == " " else _escape(character)
        for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def _local(epoch_seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(epoch_seconds).astimezone()
    except (OverflowError, OSError, ValueError):
        return datetime.fromtimestamp(0).astimezone()
