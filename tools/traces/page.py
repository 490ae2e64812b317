"""Writes traces and their service graph as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from tools.traces.curves import RADIUS
from tools.traces.details import SegmentDetails, describe_segment
from tools.traces.focus import focus
from tools.traces.formatting import (
    format_rate,
    format_seconds,
    format_share,
    format_status,
    format_time,
    format_time_precisely,
)
from tools.traces.model import Status, Trace
from tools.traces.packing import pack
from tools.traces.selection import select_traces
from tools.traces.service_graph import ServiceGraph
from tools.traces.service_map import draw_service_map
from tools.traces.timeline import TimelineRow, build_timeline
from tools.traces.tokens import Tokens

TRACES_IN_DETAIL = 500
TRACES_UNPACKED = 20
"""How many of those, from the first, are in the page as they are; a browser unpacks the others."""
_SHORTEST_BAR_PERCENT = 0.4


@dataclass(frozen=True, kw_only=True, slots=True)
class RowView:
    """A row of a timeline: the bar in percent of the axis, and the record's details."""

    row: TimelineRow
    bar_start: float
    bar_length: float
    details: SegmentDetails


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceView:
    """A trace as the page shows it; ``tokens`` are the nodes and edges it went through."""

    trace: Trace
    tokens: str
    ticks: list[str]
    rows: list[RowView]


def write_page(
    path: Path | str,
    traces: Iterable[Trace],
    graph: ServiceGraph,
    title: str,
    facts: Iterable[tuple[str, str]] = (),
    limit: int = TRACES_IN_DETAIL,
) -> None:
    """Write the page.

    Args:
        path: The file to write; one that exists is replaced.
        traces: The traces to list.
        graph: Their service graph.
        title: The heading of the page.
        facts: Labels and values to show under the heading.
        limit: At most so many traces are listed and shown in detail; the map counts all.

    Raises:
        OSError: The file can't be written.
    """
    html = render_page(list(traces), graph, title, facts, limit)
    # A name can hold half of a surrogate pair, which no encoding can write.
    Path(path).write_text(html, encoding="utf-8", errors="replace")


def render_page(
    traces: Sequence[Trace],
    graph: ServiceGraph,
    title: str,
    facts: Iterable[tuple[str, str]] = (),
    limit: int = TRACES_IN_DETAIL,
) -> str:
    """Return the page that ``write_page`` writes."""
    tokens = Tokens(graph)
    tokens_by_trace = tokens.by_trace()
    drawn = focus(graph)
    shown = select_traces(traces, limit)
    template = _create_environment().get_template("page.html.j2")
    return template.render(
        title=title,
        facts=facts,
        graph=graph,
        maps={
            "across": draw_service_map(drawn, tokens=tokens),
            "down": draw_service_map(drawn, tokens=tokens, vertical=True),
        },
        drawn=drawn,
        tokens=tokens,
        trace_count=len(traces),
        unpacked_traces=TRACES_UNPACKED,
        traces=[_view_trace(trace, tokens_by_trace.get(trace.id, [])) for trace in shown],
        radius=RADIUS,
        statuses=list(Status),
    )


def _create_environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tools.traces"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        rate=format_rate,
        seconds=format_seconds,
        share=format_share,
        status=format_status,
        time=format_time,
        precise_time=format_time_precisely,
        pack=pack,
    )
    return environment


def _view_trace(trace: Trace, tokens: Sequence[str]) -> TraceView:
    total = trace.duration_seconds
    return TraceView(
        trace=trace,
        tokens=" ".join(tokens),
        ticks=["0", *(format_seconds(total * part / 4) for part in range(1, 5))] if total else [],
        rows=[_view_row(trace, row, total) for row in build_timeline(trace)],
    )


def _view_row(trace: Trace, row: TimelineRow, total_seconds: float) -> RowView:
    length = 100.0 if total_seconds <= 0 else row.length_seconds / total_seconds * 100
    start = 0.0 if total_seconds <= 0 else row.offset_seconds / total_seconds * 100
    length = min(max(length, _SHORTEST_BAR_PERCENT), 100.0)
    return RowView(
        row=row,
        bar_start=round(min(max(start, 0.0), 100.0 - length), 2),
        bar_length=round(length, 2),
        details=describe_segment(trace, row.record),
    )
