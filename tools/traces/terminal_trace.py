"""Shows one trace's timeline and one segment's details in the terminal."""

from collections.abc import Iterable
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .details import Field, TimelineRow, build_timeline, describe_cause, list_sections
from .formatting import format_seconds, format_status, format_time_precisely, printable
from .records import Record, RecordedException
from .terminal import STATUS_STYLES, compact_table
from .trace import Trace

BAR_WIDTH: Final = 30
DEEPEST_INDENT: Final = 16
"""Deeply nested rows would leave no room for their names."""


def render_trace(trace: Trace) -> RenderableType:
    """Returns the timeline of a trace: a row with a bar per segment and subsegment."""
    table = compact_table()
    table.add_column("Segment", overflow="fold")
    table.add_column("Status")
    table.add_column("Took", justify="right", no_wrap=True)
    axis = f"0 to {format_seconds(trace.duration_seconds)}"
    table.add_column(axis, no_wrap=True, width=BAR_WIDTH)
    for row in build_timeline(trace):
        style = STATUS_STYLES[row.record.status]
        table.add_row(
            _label_row(row),
            Text(format_status(row.record), style=style),
            format_seconds(row.record.duration_seconds),
            Text(draw_bar(row), style=style),
        )
    title = f"Trace {printable(trace.id)}, {format_time_precisely(trace.start_time)}"
    notes = [
        Text(f"Unreadable document: {printable(document.reason)}")
        for document in trace.unreadable_documents
    ]
    if trace.duplicate_segment_count:
        notes.append(Text(f"Duplicate segments: {trace.duplicate_segment_count}"))
    return Group(Text(title, style="bold"), table, *notes)


def render_segment(trace: Trace, record: Record) -> RenderableType:
    """Returns the details of a segment or subsegment of a trace, section by section."""
    parts: list[RenderableType] = [Text(printable(record.name), style="bold")]
    for title, fields in list_sections(record):
        parts += [Text(f"  {title}", style="underline"), _render_fields(fields)]
    cause = describe_cause(trace, record)
    if record.exceptions or cause:
        parts.append(Text("  Exceptions", style="underline"))
    if cause:
        parts.append(Padding(Text(f"Caused by: {printable(cause)}"), (0, 0, 0, 4)))
    parts += [_render_exception(exception) for exception in record.exceptions]
    return Group(*parts)


def draw_bar(row: TimelineRow, width: int = BAR_WIDTH) -> str:
    """Returns a bar in block characters; even the shortest time is visible."""
    start = min(int(row.start * width), width - 1)
    length = min(round(row.length * width), width - start)
    return " " * start + ("█" * length or "▏")


def _label_row(row: TimelineRow) -> Padding:
    label = Text(printable(row.record.name))
    if row.parent_missing:
        label.append(" (caller missing)", style="dim")
    return Padding(label, (0, 0, 0, min(2 * row.depth, DEEPEST_INDENT)))


def _render_fields(fields: Iterable[Field]) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", max_width=28, overflow="fold")
    table.add_column(overflow="fold")
    for field in fields:
        table.add_row(Text(printable(field.label)), Text(printable(field.value)))
    return Padding(table, (0, 0, 0, 4))


def _render_exception(exception: RecordedException) -> Padding:
    headline = f"{exception.type or 'Exception'}: {exception.message or ''}"
    lines = [Text(printable(headline), style="red")]
    for frame in exception.stack:
        place = f"{frame.path or '?'}:{'?' if frame.line is None else frame.line}"
        lines.append(Text(printable(f"  at {frame.label or '?'} ({place})"), style="dim"))
    return Padding(Group(*lines), (0, 0, 0, 4))
