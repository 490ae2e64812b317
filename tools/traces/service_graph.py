"""The service graph: which services called which, how often and how it went."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.traces.calls import CLIENT, UNKNOWN_CALLER, NodeKey, Request, find_requests
from tools.traces.model import SegmentBase, Trace
from tools.traces.statistics import RequestStatistics, summarize_requests

_SHORTEST_SPAN_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceNode:
    """A service, the client, or something called that sends no segments.

    The statistics are of the requests it served; those of the client and of unknown callers
    are of the requests they sent.
    """

    key: NodeKey
    statistics: RequestStatistics
    trace_ids: frozenset[str]

    @property
    def name(self) -> str:
        """Return the name of the service."""
        return self.key.name

    @property
    def type(self) -> str:
        """Return its kind, such as ``AWS::EKS::Container``, ``service`` or ``remote``."""
        return self.key.type

    @property
    def is_source(self) -> bool:
        """Return whether it is the client or the unknown caller, which nothing calls."""
        return self.key in (CLIENT, UNKNOWN_CALLER)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceEdge:
    """The requests from one node to another, as the caller saw them where it recorded them."""

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
        duplicate_segment_count: Documents that repeated another of their trace.
        unreadable_document_count: Documents that could not be read.
        unprocessed_trace_count: Traces that X-Ray listed but did not return.
        in_progress_trace_count: Traces with a segment that is still open.
    """

    nodes: tuple[ServiceNode, ...]
    edges: tuple[ServiceEdge, ...]
    start_time: float | None
    end_time: float | None
    span_seconds: float
    trace_count: int
    segment_count: int
    duplicate_segment_count: int
    unreadable_document_count: int
    unprocessed_trace_count: int
    in_progress_trace_count: int

    def node(self, name: str, node_type: str | None = None) -> ServiceNode:
        """Return the node of that name (and type).

        Raises:
            KeyError: There is none.
        """
        for node in self.nodes:
            if node.name == name and node_type in (None, node.type):
                return node
        raise KeyError(name)

    def edge(self, source: str, target: str) -> ServiceEdge:
        """Return the first edge between nodes of these names.

        Raises:
            KeyError: There is none.
        """
        for edge in self.edges:
            if (edge.source.name, edge.target.name) == (source, target):
                return edge
        raise KeyError((source, target))

    def edges_from(self, key: NodeKey) -> tuple[ServiceEdge, ...]:
        """Return the edges that leave a node."""
        return tuple(edge for edge in self.edges if edge.source == key)


def build_service_graph(traces: Iterable[Trace]) -> ServiceGraph:
    """Count the requests of all traces into a service graph.

    Rates are per minute over the time span from the first to the last time seen in any of
    the traces; a span under one second counts as one second.
    """
    all_traces = list(traces)
    requests = [request for trace in all_traces for request in find_requests(trace)]
    seen = [trace for trace in all_traces if trace.records]
    start_time = min((trace.start_time for trace in seen), default=None)
    end_time = max((trace.end_time for trace in seen), default=None)
    span = 0.0 if start_time is None or end_time is None else end_time - start_time
    span_seconds = max(span, _SHORTEST_SPAN_SECONDS)
    order = {key: rank for rank, key in enumerate(_order_nodes(requests))}
    nodes = _build_nodes(requests, span_seconds)
    edges = _build_edges(requests, span_seconds)
    return ServiceGraph(
        nodes=tuple(sorted(nodes, key=lambda node: order[node.key])),
        edges=tuple(sorted(edges, key=lambda edge: (order[edge.source], order[edge.target]))),
        start_time=start_time,
        end_time=end_time,
        span_seconds=span_seconds,
        trace_count=len(all_traces),
        segment_count=sum(len(trace.segments) for trace in all_traces),
        duplicate_segment_count=sum(trace.duplicate_segment_count for trace in all_traces),
        unreadable_document_count=sum(len(trace.unreadable_documents) for trace in all_traces),
        unprocessed_trace_count=sum(trace.unprocessed for trace in all_traces),
        in_progress_trace_count=sum(trace.in_progress for trace in all_traces),
    )


def _build_nodes(requests: Sequence[Request], span_seconds: float) -> list[ServiceNode]:
    records: defaultdict[NodeKey, list[SegmentBase]] = defaultdict(list)
    trace_ids: defaultdict[NodeKey, set[str]] = defaultdict(set)
    for request in requests:
        records[request.target].append(request.served)
        if request.source in (CLIENT, UNKNOWN_CALLER):
            records[request.source].append(request.seen_by_caller)
        trace_ids[request.source].add(request.trace_id)
        trace_ids[request.target].add(request.trace_id)
    return [
        ServiceNode(
            key=key,
            statistics=summarize_requests(records[key], span_seconds),
            trace_ids=frozenset(ids),
        )
        for key, ids in trace_ids.items()
    ]


def _build_edges(requests: Sequence[Request], span_seconds: float) -> list[ServiceEdge]:
    grouped: defaultdict[tuple[NodeKey, NodeKey], list[Request]] = defaultdict(list)
    for request in requests:
        grouped[request.source, request.target].append(request)
    return [
        ServiceEdge(
            source=source,
            target=target,
            statistics=summarize_requests(
                (request.seen_by_caller for request in group), span_seconds
            ),
            trace_ids=frozenset(request.trace_id for request in group),
        )
        for (source, target), group in grouped.items()
    ]


def _order_nodes(requests: Iterable[Request]) -> list[NodeKey]:
    """Return all nodes breadth first: from the client, the unknown caller, then what is left."""
    targets: defaultdict[NodeKey, set[NodeKey]] = defaultdict(set)
    for request in requests:
        targets[request.source].add(request.target)
    keys = set(targets).union(*targets.values())
    called = {key for source in targets for key in targets[source] if key != source}
    starts = [
        *(key for key in (CLIENT, UNKNOWN_CALLER) if key in keys),
        *sorted(keys - called),
        *sorted(keys),
    ]
    ordered: dict[NodeKey, None] = {}
    for start in starts:
        waiting = [start]
        for key in waiting:
            if key not in ordered:
                ordered[key] = None
                waiting.extend(sorted(targets[key]))
    return list(ordered)
