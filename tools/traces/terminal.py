"""Shows the service map, traces and segments in the terminal, or as values for `--json`."""

from collections.abc import Iterable
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from .calls import NodeKey
from .details import TimelineRow, build_timeline, list_sections
from .formatting import (
    format_count,
    format_rate,
    format_seconds,
    format_share,
    format_status,
    format_time,
    printable,
)
from .records import Record, Status
from .service_graph import ServiceEdge, ServiceGraph, select_nodes
from .trace import Trace

STATUS_STYLES: Final = {
    Status.OK: "green",
    Status.ERROR: "yellow",
    Status.THROTTLE: "magenta",
    Status.FAULT: "bold red",
}

MOST_NODES: Final = 20
"""With more, nobody scrolls back to the first."""

DEEPEST: Final = 9
"""A deeper tree would leave its labels too little of 80 columns."""

BAR_WIDTH: Final = 30
DEEPEST_INDENT: Final = 16
"""Deeply nested rows would leave no room for their names."""


def render_service_map(graph: ServiceGraph) -> RenderableType:
    """Returns the service map as a tree along the calls; of a large one what says most."""
    if not graph.nodes:
        return Text("No requests in these traces.")
    shown = select_nodes(graph, MOST_NODES)
    parts: list[RenderableType] = [*_render_trees(shown), Text()]
    if len(shown.nodes) < len(graph.nodes):
        parts.append(
            Text(
                f"{len(shown.nodes)} of {len(graph.nodes):,} nodes are shown: those with most "
                "faults, and those with most requests. A page has more: --html FILE."
            )
        )
    counts = {"traces": graph.trace_count, "segments": graph.segment_count, **graph.problems}
    counted = ", ".join(format_count(count, what) for what, count in counts.items())
    over = f"; rates are over {graph.rates_over}" if graph.has_rates else ""
    return Group(*parts, Text(f"{counted}{over}."))


def render_trace_list(traces: Iterable[Trace]) -> RenderableType:
    """Returns a table of traces in the order given, with what came back for each."""
    table = _compact_table()
    table.add_column("Trace", min_width=35, overflow="fold")
    table.add_column("When", width=18)
    table.add_column("Took", justify="right", no_wrap=True)
    table.add_column("Status", overflow="fold")
    for trace in traces:
        table.add_row(
            Text.assemble(printable(trace.id), "\n", (_describe_request(trace), "dim")),
            format_time(trace.start_time),
            format_seconds(trace.duration_seconds if trace.records else None),
            Text(_describe_status(trace), style=STATUS_STYLES[trace.status]),
        )
    return table if table.row_count else Text("No traces.")


def render_trace(trace: Trace) -> RenderableType:
    """Returns the timeline of a trace: a row with a bar per segment and subsegment."""
    table = _compact_table()
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
    title = f"Trace {printable(trace.id)}, {format_time(trace.start_time)}"
    notes = [Text(f"Unreadable: {printable(reason)}") for reason, _ in trace.unreadable]
    if trace.limit_exceeded:
        notes.append(Text("This trace has more segments than X-Ray keeps; some are missing."))
    if trace.duplicate_segment_count:
        notes.append(Text(f"Duplicate segments: {trace.duplicate_segment_count}"))
    return Group(Text(title, style="bold"), table, *notes)


def render_segment(trace: Trace, record: Record) -> RenderableType:
    """Returns the details of a segment or subsegment of a trace, section by section."""
    parts: list[RenderableType] = [Text(printable(record.name), style="bold")]
    for title, fields in list_sections(trace, record).items():
        table = Table.grid(padding=(0, 2))
        table.add_column(style="dim", max_width=28, overflow="fold")
        table.add_column(overflow="fold")
        for label, value in fields:
            table.add_row(Text(printable(label)), Text(printable(value)))
        parts += [Text(f"  {title}", style="underline"), Padding(table, (0, 0, 0, 4))]
    return Group(*parts)


def to_json(graph: ServiceGraph, traces: Iterable[Trace]) -> dict[str, Any]:
    """Returns what docs/output.schema.json says of a service map and of traces."""
    statistics = ("request_count", "rate_per_minute", "status_counts", "percentiles")
    fields = ("id", "start_time", "duration_seconds", "status", "in_progress")
    return {
        "nodes": [_named(each.key) | _pick(each.statistics, *statistics) for each in graph.nodes],
        "edges": [
            {"source": _named(each.source), "target": _named(each.target)}
            | _pick(each.statistics, *statistics)
            for each in graph.edges
        ],
        "traces": [_pick(each, *fields) | _pick(each.entry, "request") for each in traces],
    }


def _named(key: NodeKey) -> dict[str, Any]:
    return _pick(key, "name", "type")


def _pick(thing: object, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name, None) for name in names}


def draw_bar(row: TimelineRow) -> str:
    """Returns a bar in block characters; even the shortest time is visible."""
    start = min(int(row.start * BAR_WIDTH), BAR_WIDTH - 1)
    length = min(round(row.length * BAR_WIDTH), BAR_WIDTH - start)
    return " " * start + ("█" * length or "▏")


def _compact_table() -> Table:
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))


def _describe_request(trace: Trace) -> str:
    if trace.entry is None:
        return "not returned by X-Ray" if trace.unprocessed else "unreadable"
    return printable(f"{trace.entry.name} {trace.entry.request}".strip())


def _describe_status(trace: Trace) -> str:
    if trace.entry is None:
        return "unknown"
    code = "" if trace.entry.response_code is None else f" {trace.entry.response_code}"
    return f"{trace.status}{code}{', in progress' if trace.in_progress else ''}"


def _render_trees(graph: ServiceGraph) -> list[Tree]:
    """Returns a tree per node that isn't in another's; each node is opened out once."""
    shown: set[NodeKey] = set()
    trees: list[Tree] = []
    for node in graph.nodes:
        if node.key not in shown:
            kind = "" if node.is_source else f"  {printable(node.key.type)}"
            trees.append(Tree(Text.assemble((printable(node.key.name), "bold"), (kind, "dim"))))
            _grow_tree(graph, trees[-1], (node.key,), shown)
    return trees


def _grow_tree(
    graph: ServiceGraph, branch: Tree, path: tuple[NodeKey, ...], shown: set[NodeKey]
) -> None:
    """Adds what the last node of a path calls, depth first."""
    shown.add(path[-1])
    for edge in graph.edges_from(path[-1]):
        goes_on = bool(graph.edges_from(edge.target))
        note = ""
        if edge.target in path:
            note = "  (a cycle)"
        elif edge.target in shown and goes_on:
            note = "  (opened out above)"
        elif len(path) == DEEPEST and goes_on:
            note = "  (continued below)"
        child = branch.add(_label_edge(graph, edge, note))
        if edge.target not in shown and not note:
            _grow_tree(graph, child, (*path, edge.target), shown)


def _label_edge(graph: ServiceGraph, edge: ServiceEdge, note: str) -> Text:
    """Returns what is said of a node where it is called: the numbers are its own."""
    counted = next(node.statistics for node in graph.nodes if node.key == edge.target)
    part, rate = edge.statistics.request_count, f"{format_rate(counted.rate_per_minute)}/min"
    label = Text.assemble(
        (printable(edge.target.name), "bold"),
        (f"  {printable(edge.target.type)}{note}", "dim"),
        f"\n{f'{part:,} of ' if part < counted.request_count else ''}",
        format_count(counted.request_count, "requests"),
        f" · {rate}" if graph.has_rates else "",
    )
    for status in Status:
        share = counted.share(status)
        if share and status is not Status.OK:
            label.append(" · ").append(f"{format_share(share)} {status}s", STATUS_STYLES[status])
    values = (f"p{each} {format_seconds(value)}" for each, value in counted.percentiles.items())
    return label.append("\n" + " · ".join(values))


def _label_row(row: TimelineRow) -> Padding:
    label = Text(printable(row.record.name))
    if row.caller_note:
        label.append(f" ({row.caller_note})", style="dim")
    if row.record.wrong_times:
        label.append(f" ({row.record.wrong_times})", style="yellow")
    return Padding(label, (0, 0, 0, min(2 * row.depth, DEEPEST_INDENT)))
