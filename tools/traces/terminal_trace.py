"""Shows one trace's timeline and one segment's details in the terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tools.traces.details import describe_segment
from tools.traces.formatting import format_seconds, format_status, format_time_precisely, printable
from tools.traces.model import RecordedException, SegmentBase, Trace
from tools.traces.resources import Field
from tools.traces.terminal import STATUS_STYLES, compact_table
from tools.traces.timeline import TimelineRow, build_timeline

_BAR_WIDTH = 30
_EIGHTHS = " ▏▎▍▌▋▊▉"


def render_trace(trace: Trace) -> RenderableType:
    """Return the timeline of a trace: a row with a bar per segment and subsegment."""
    table = compact_table()
    table.add_column("Segment", overflow="fold")
    table.add_column("Status")
    table.add_column("Took", justify="right", no_wrap=True)
    table.add_column(
        "0 to " + format_seconds(trace.duration_seconds), no_wrap=True, width=_BAR_WIDTH
    )
    for row in build_timeline(trace):
        style = STATUS_STYLES[row.record.status]
        table.add_row(
            _label_row(row),
            Text(format_status(row.record), style=style),
            format_seconds(row.record.duration_seconds),
            Text(draw_bar(row, trace.duration_seconds), style=style),
        )
    title = f"Trace {printable(trace.id)}, {format_time_precisely(trace.start_time)}"
    notes = [
        Text(f"Unreadable document: {printable(document.reason)}")
        for document in trace.unreadable_documents
    ]
    if trace.duplicate_segment_count:
        notes.append(Text(f"Duplicate segments: {trace.duplicate_segment_count}"))
    return Group(Text(title, style="bold"), table, *notes)


def render_segment(segment: SegmentBase) -> RenderableType:
    """Return the details of a segment or subsegment, section by section."""
    details = describe_segment(None, segment)
    parts: list[RenderableType] = [Text(printable(segment.name), style="bold")]
    for title, fields in details.sections:
        parts += [Text(f"  {title}", style="underline"), _render_fields(fields)]
    if details.exceptions or details.cause:
        parts.append(Text("  Exceptions", style="underline"))
        if details.cause:
            parts.append(Padding(Text(f"Caused by: {printable(details.cause)}"), (0, 0, 0, 4)))
        parts += [_render_exception(exception) for exception in details.exceptions]
    return Group(*parts)


def draw_bar(row: TimelineRow, total_seconds: float, width: int = _BAR_WIDTH) -> str:
    """Return a bar in block characters; even the shortest time is visible."""
    if total_seconds <= 0:
        return "█" * width
    start = min(int(row.offset_seconds / total_seconds * width), width - 1)
    eighths = max(1, round(row.length_seconds / total_seconds * width * 8))
    eighths = min(eighths, (width - start) * 8)
    return " " * start + "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _label_row(row: TimelineRow) -> Padding:
    label = Text(printable(row.record.name))
    if row.parent_missing:
        label.append(" (caller missing)", style="dim")
    # Deeply nested rows would leave no room for their names.
    return Padding(label, (0, 0, 0, min(2 * row.depth, 16)))


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
        place = f"{frame.path or '?'}:{frame.line if frame.line is not None else '?'}"
        lines.append(Text(printable(f"  at {frame.label or '?'} ({place})"), style="dim"))
    return Padding(Group(*lines), (0, 0, 0, 4))
