"""Shows the service map and the trace list in the terminal; plain text if it has no colour."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from tools.traces.calls import NodeKey
from tools.traces.focus import focus
from tools.traces.formatting import (
    format_rate,
    format_seconds,
    format_share,
    format_time,
    printable,
)
from tools.traces.model import Status, Trace
from tools.traces.service_graph import ServiceEdge, ServiceGraph, ServiceNode
from tools.traces.statistics import RequestStatistics

STATUS_STYLES = {
    Status.OK: "green",
    Status.ERROR: "yellow",
    Status.THROTTLE: "magenta",
    Status.FAULT: "bold red",
}

_NODES = 20
"""How many nodes are shown at most: with more, nobody scrolls back to the first."""

# A deeper tree would leave its labels too little of 80 columns.
_DEEPEST = 9


def render_service_map(graph: ServiceGraph) -> RenderableType:
    """Return the service map: a tree along the calls, and the tables of nodes and edges.

    Of a large one it is the part that says most.
    """
    if not graph.nodes:
        return Text("No requests in these traces.")
    shown = focus(graph, _NODES)
    return Group(
        *_render_trees(shown),
        Text(),
        render_nodes(shown),
        Text(),
        render_edges(shown),
        Text(),
        *_tell_what_is_left_out(shown, graph),
        Text(_count_everything(graph)),
    )


def _tell_what_is_left_out(shown: ServiceGraph, graph: ServiceGraph) -> list[Text]:
    if shown is graph:
        return []
    return [
        Text(
            f"{len(shown.nodes)} of {len(graph.nodes):,} nodes are shown: those with most faults, "
            "and those with most requests. A page has all: --html FILE."
        )
    ]


def render_nodes(graph: ServiceGraph) -> Table:
    """Return a table of the services with the statistics of the requests they served."""
    table = _statistics_table("Services")
    for node in graph.nodes:
        if not node.is_source:
            name = Text.assemble(printable(node.name), "\n", (printable(node.type), "dim"))
            table.add_row(name, *_statistics_cells(node.statistics))
    return table


def render_edges(graph: ServiceGraph) -> Table:
    """Return a table of the edges with the statistics that the callers saw."""
    table = _statistics_table("Edges")
    for edge in graph.edges:
        name = Text(f"{printable(edge.source.name)}\n→ {printable(edge.target.name)}")
        table.add_row(name, *_statistics_cells(edge.statistics))
    return table


def render_trace_list(traces: Iterable[Trace]) -> RenderableType:
    """Return a table of traces in the order given, with what came back for each."""
    table = compact_table()
    table.add_column("Trace", min_width=35, overflow="fold")
    table.add_column("When", no_wrap=True)
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


def _describe_request(trace: Trace) -> str:
    entry = trace.entry
    if entry is None:
        return "not returned by X-Ray" if trace.unprocessed else "unreadable"
    return printable(" ".join(filter(None, (entry.name, entry.method, entry.url))))


def _describe_status(trace: Trace) -> str:
    if trace.entry is None:
        return "unknown"
    code = "" if trace.entry.response_code is None else f" {trace.entry.response_code}"
    return f"{trace.status}{code}{', in progress' if trace.in_progress else ''}"


def _render_trees(graph: ServiceGraph) -> list[Tree]:
    """Return a tree per node that isn't in another's; each node is opened out once."""
    shown: set[NodeKey] = set()
    called = {edge.target for edge in graph.edges if edge.target != edge.source}
    uncalled = [node for node in graph.nodes if node.key not in called]
    trees: list[Tree] = []
    for node in (*uncalled, *graph.nodes):
        if node.key not in shown:
            tree = Tree(_label_root(node))
            _grow_tree(graph, tree, node.key, shown)
            trees.append(tree)
    return trees


def _grow_tree(graph: ServiceGraph, root: Tree, key: NodeKey, shown: set[NodeKey]) -> None:
    """Add what a node calls, depth first, without recursion: call chains can be long."""
    shown.add(key)
    waiting = [(root, edge, (key,)) for edge in reversed(graph.edges_from(key))]
    while waiting:
        branch, edge, path = waiting.pop()
        onward_edges = graph.edges_from(edge.target)
        if edge.target in path:
            note = "  (a cycle)"
        elif edge.target in shown and onward_edges:
            note = "  (opened out above)"
        elif len(path) == _DEEPEST and onward_edges:
            note = "  (continued below)"
        else:
            note = ""
        child = branch.add(_label_edge(edge, note))
        if edge.target not in shown and (len(path) < _DEEPEST or not onward_edges):
            shown.add(edge.target)
            deeper = (*path, edge.target)
            waiting += [(child, onward, deeper) for onward in reversed(onward_edges)]


def _label_root(node: ServiceNode) -> Text:
    label = Text(printable(node.name), style="bold")
    return label if node.is_source else label.append(f"  {printable(node.type)}", "not bold dim")


def _label_edge(edge: ServiceEdge, note: str) -> Text:
    statistics = edge.statistics
    faults = statistics.share(Status.FAULT)
    noun = "request" if statistics.request_count == 1 else "requests"
    return Text.assemble(
        (printable(edge.target.name), "bold"),
        (f"  {printable(edge.target.type)}{note}", "dim"),
        f"\n{statistics.request_count:,} {noun} · {format_rate(statistics.rate_per_minute)}/min · ",
        (f"{format_share(faults)} faults", STATUS_STYLES[Status.FAULT] if faults else ""),
        f"\np50 {format_seconds(statistics.p50_seconds)}"
        f" · p90 {format_seconds(statistics.p90_seconds)}"
        f" · p99 {format_seconds(statistics.p99_seconds)}",
    )


def _statistics_table(heading: str) -> Table:
    table = compact_table()
    table.add_column(heading, overflow="fold")
    for column in ("Count", "/min", "Error", "429", "Fault", "p50", "p90", "p99"):
        table.add_column(column, justify="right", no_wrap=True)
    return table


def compact_table() -> Table:
    """Return an empty table that spends no width on borders."""
    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))


def _statistics_cells(statistics: RequestStatistics) -> Sequence[RenderableType]:
    return (
        f"{statistics.request_count:,}",
        format_rate(statistics.rate_per_minute),
        *(_share_cell(statistics, status) for status in list(Status)[1:]),
        format_seconds(statistics.p50_seconds),
        format_seconds(statistics.p90_seconds),
        format_seconds(statistics.p99_seconds),
    )


def _share_cell(statistics: RequestStatistics, status: Status) -> Text:
    share = statistics.share(status)
    return Text(format_share(share), style=STATUS_STYLES[status] if share else "dim")


def _count_everything(graph: ServiceGraph) -> str:
    counts = [f"{graph.trace_count:,} traces", f"{graph.segment_count:,} segments"]
    for count, what in (
        (graph.in_progress_trace_count, "traces in progress"),
        (graph.duplicate_segment_count, "duplicate segments"),
        (graph.unreadable_document_count, "unreadable documents"),
        (graph.unprocessed_trace_count, "traces not returned by X-Ray"),
    ):
        if count:
            counts.append(f"{count:,} {what}")
    return f"{', '.join(counts)}; rates are over {format_seconds(graph.span_seconds)}."
