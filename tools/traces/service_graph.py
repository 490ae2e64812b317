"""The service graph: which services called which, how often and how it went."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .calls import CLIENT, UNKNOWN_CALLER, NodeKey, find_requests
from .records import Record
from .statistics import RequestStatistics, summarize_requests
from .trace import Trace

SOURCES: Final = (CLIENT, UNKNOWN_CALLER)
"""The nodes that nothing calls."""

SHORTEST_SPAN_SECONDS: Final = 1.0
"""What rates are over at least, so that one request isn't thousands a minute."""


@dataclass(frozen=True, slots=True)
class ServiceNode:
    """A service, the client, or something called that sends no segments.

    The statistics are of the requests it served; those of the client and of unknown callers are of
    the requests they sent. `token` is a short name, such as `n0`.
    """

    token: str
    key: NodeKey
    statistics: RequestStatistics
    trace_ids: frozenset[str]

    @property
    def is_source(self) -> bool:
        """Returns whether it is the client or the unknown caller, which nothing calls."""
        return self.key in SOURCES


@dataclass(frozen=True, slots=True)
class ServiceEdge:
    """The requests from one node to another, as the caller saw them where it recorded them."""

    token: str
    source: NodeKey
    target: NodeKey
    statistics: RequestStatistics
    trace_ids: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class ServiceGraph:
    """Nodes and edges, and what was counted on the way.

    Attributes:
        nodes: The client first, then along the calls.
        edges: In the order of their source nodes.
        start_time: The first time seen in the traces, in epoch seconds; None without any.
        end_time: The last time seen in the traces, in epoch seconds; None without any.
        span_seconds: What rates are over: from the first to the last time, at least 1 second.
        trace_count: All traces, also those without a readable segment.
        segment_count: Segments, each id of a trace once.
        problems: What is wrong with the traces, and in how many places; each at least once.
    """

    nodes: tuple[ServiceNode, ...]
    edges: tuple[ServiceEdge, ...]
    start_time: float | None
    end_time: float | None
    span_seconds: float
    trace_count: int
    segment_count: int
    problems: dict[str, int]

    def edges_from(self, key: NodeKey) -> tuple[ServiceEdge, ...]:
        """Returns the edges that leave a node."""
        return tuple(edge for edge in self.edges if edge.source == key)


def build_service_graph(traces: Iterable[Trace]) -> ServiceGraph:
    """Counts the requests of all traces into a service graph.

    Rates are per minute over the span from the first to the last time seen in any of the traces.
    """
    all_traces = list(traces)
    nodes: defaultdict[NodeKey, list[tuple[str, Record]]] = defaultdict(list)
    edges: defaultdict[tuple[NodeKey, NodeKey], list[tuple[str, Record]]] = defaultdict(list)
    for trace in all_traces:
        for request in find_requests(trace):
            nodes[request.target].append((trace.id, request.served))
            edges[request.source, request.target].append((trace.id, request.seen_by_caller))
            if request.source in SOURCES:
                nodes[request.source].append((trace.id, request.seen_by_caller))
    problems = {
        "traces in progress": sum(trace.in_progress for trace in all_traces),
        "duplicate segments": sum(trace.duplicate_segment_count for trace in all_traces),
        "unreadable documents": sum(len(trace.unreadable_documents) for trace in all_traces),
        "traces not returned by X-Ray": sum(trace.unprocessed for trace in all_traces),
    }
    seen = [trace for trace in all_traces if trace.records]
    start_time = min((trace.start_time for trace in seen), default=None)
    end_time = max((trace.end_time for trace in seen), default=None)
    span_seconds = max((end_time or 0.0) - (start_time or 0.0), SHORTEST_SPAN_SECONDS)
    ranks = {key: rank for rank, key in enumerate(_order_nodes(edges))}
    ordered = sorted(edges, key=lambda ends: (ranks[ends[0]], ranks[ends[1]]))
    return ServiceGraph(
        nodes=tuple(
            ServiceNode(f"n{rank}", key, *_summarize(nodes[key], span_seconds))
            for key, rank in ranks.items()
        ),
        edges=tuple(
            ServiceEdge(f"e{rank}", *ends, *_summarize(edges[ends], span_seconds))
            for rank, ends in enumerate(ordered)
        ),
        start_time=start_time,
        end_time=end_time,
        span_seconds=span_seconds,
        trace_count=len(all_traces),
        segment_count=sum(len(trace.segments) for trace in all_traces),
        problems={problem: count for problem, count in problems.items() if count},
    )


def _summarize(
    counted: Sequence[tuple[str, Record]], span_seconds: float
) -> tuple[RequestStatistics, frozenset[str]]:
    statistics = summarize_requests((record for _, record in counted), span_seconds)
    return statistics, frozenset(trace_id for trace_id, _ in counted)


def _order_nodes(edges: Iterable[tuple[NodeKey, NodeKey]]) -> list[NodeKey]:
    """Returns all nodes breadth first: from the client, the unknown caller, then what is left."""
    targets: defaultdict[NodeKey, set[NodeKey]] = defaultdict(set)
    for source, target in edges:
        targets[source].add(target)
    keys = sorted(set(targets).union(*targets.values()))
    called = {target for source, target in edges if source != target}
    uncalled = [key for key in keys if key not in called]
    starts = [*sorted(uncalled, key=lambda key: key not in SOURCES), *keys]
    ordered: dict[NodeKey, None] = {}
    for start in starts:
        waiting = [start]
        for key in waiting:
            if key not in ordered:
                ordered[key] = None
                waiting.extend(sorted(targets[key]))
    return list(ordered)
