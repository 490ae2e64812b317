"""The service graph: which services called which, how often and how it went."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from .calls import CLIENT, UNKNOWN_CALLER, NodeKey, find_requests
from .formatting import format_seconds
from .records import Record, Status
from .trace import Trace

SOURCES: Final = (CLIENT, UNKNOWN_CALLER)
"""The nodes that nothing calls."""

PERCENTILES: Final = (50, 90, 99)

Seen: TypeAlias = tuple[str, Record]
"""The id of a trace, and the record of a request in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestStatistics:
    """How often something was requested, how it went and how long it took."""

    request_count: int
    in_progress_count: int
    """Requests without an end yet; they count, but have no response time."""

    rate_per_minute: float
    status_counts: Counter[Status]
    """Each request once, by its most severe flag."""

    mean_seconds: float | None
    """Mean response time; like the percentiles None if nothing has ended."""

    percentiles: Mapping[int, float | None]

    trace_ids: frozenset[str]
    """The traces that the requests are in."""

    def share(self, status: Status) -> float:
        """Returns the share (0 to 1) of requests shown as `status`; all shares add up to 1."""
        return self.status_counts[status] / self.request_count


@dataclass(frozen=True, slots=True)
class ServiceNode:
    """A service, the client, or something called that sends no segments.

    The statistics are of the requests it served; those of the client and of unknown callers are of
    the requests they sent. `token` is a short name, such as `n0`.
    """

    token: str
    key: NodeKey
    statistics: RequestStatistics

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


@dataclass(frozen=True, kw_only=True)
class ServiceGraph:
    """Nodes along the calls, edges in the order of their sources, and what was counted."""

    nodes: tuple[ServiceNode, ...]
    edges: tuple[ServiceEdge, ...]
    start_time: float | None
    """The first time seen in the traces, in epoch seconds; None without any."""

    end_time: float | None
    span_seconds: float
    """What rates are over, at least 1 second: how long requests from outside came in, had all come
    as fast as all but the first and last twentieth. Few that came long after don't decide."""

    trace_count: int
    segment_count: int
    problems: dict[str, int]
    """What is wrong with the traces, and in how many places; each at least once."""

    @property
    def has_rates(self) -> bool:
        """Returns whether that is long enough to say how many requests there are a minute."""
        return self.span_seconds >= 60

    @property
    def rates_over(self) -> str:
        """Returns what rates are over, in words."""
        seconds = format_seconds(self.span_seconds)
        return f"{seconds} in which requests began, going by the middle 90%"

    def edges_from(self, key: NodeKey) -> tuple[ServiceEdge, ...]:
        """Returns the edges that leave a node."""
        return tuple(edge for edge in self.edges if edge.source == key)


def build_service_graph(traces: Iterable[Trace]) -> ServiceGraph:
    """Counts the requests of all traces into a service graph."""
    all_traces = list(traces)
    nodes: defaultdict[NodeKey, list[Seen]] = defaultdict(list)
    edges: defaultdict[tuple[NodeKey, NodeKey], list[Seen]] = defaultdict(list)
    starts: list[float] = []
    requests = [(trace.id, request) for trace in all_traces for request in find_requests(trace)]
    keys = _tell_accounts_apart(key for _, request in requests for key in request[:2])
    for trace_id, request in requests:
        source, target = keys[request.source], keys[request.target]
        nodes[target].append((trace_id, request.served))
        edges[source, target].append((trace_id, request.seen_by_caller))
        if source in SOURCES:
            nodes[source].append((trace_id, request.seen_by_caller))
            starts.append(request.seen_by_caller.start_time)
    problems: Counter[str] = Counter()
    for trace in all_traces:
        problems["traces in progress"] += trace.in_progress
        problems["segments with wrong times"] += sum(
            bool(each.wrong_times) for each in trace.records
        )
        problems["traces with more segments than X-Ray keeps"] += trace.limit_exceeded
        problems["duplicate segments"] += trace.duplicate_segment_count
        problems["unreadable segments"] += len(trace.unreadable)
        problems["traces not returned by X-Ray"] += trace.unprocessed
    seen = [trace for trace in all_traces if trace.records]
    start_time = min((trace.start_time for trace in seen), default=None)
    end_time = max((trace.end_time for trace in seen), default=None)
    span_seconds = _find_span(starts)
    ranks = {key: rank for rank, key in enumerate(_order_nodes(edges))}
    ordered = sorted(edges, key=lambda ends: (ranks[ends[0]], ranks[ends[1]]))
    return ServiceGraph(
        nodes=tuple(
            ServiceNode(f"n{rank}", key, _summarize(nodes[key], span_seconds))
            for key, rank in ranks.items()
        ),
        edges=tuple(
            ServiceEdge(f"e{rank}", *ends, _summarize(edges[ends], span_seconds))
            for rank, ends in enumerate(ordered)
        ),
        start_time=start_time,
        end_time=end_time,
        span_seconds=span_seconds,
        trace_count=len(all_traces),
        segment_count=sum(len(trace.segments) for trace in all_traces),
        problems=+problems,
    )


def select_nodes(graph: ServiceGraph, limit: int) -> ServiceGraph:
    """Returns the part of a graph that has at most `limit` nodes.

    The client and unknown callers stay, then those with most faults, then those with most requests.
    What was counted is of the whole graph.
    """

    def importance(node: ServiceNode) -> tuple[bool, int, int]:
        counted = node.statistics
        return node.is_source, counted.status_counts[Status.FAULT], counted.request_count

    by_importance = sorted(graph.nodes, key=importance, reverse=True)
    chosen = {node.key for node in by_importance[:limit]}
    return replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.key in chosen),
        edges=tuple(edge for edge in graph.edges if {edge.source, edge.target} <= chosen),
    )


def _find_span(starts: Iterable[float]) -> float:
    """Returns what rates are over, in seconds; see `ServiceGraph.span_seconds`."""
    ordered = sorted(starts)
    left_out = max(len(ordered) // 20, len(ordered) >= 5)
    middle = ordered[left_out : len(ordered) - left_out]
    if len(middle) < 2:
        return 1.0  # One request isn't thousands a minute.
    seconds = (middle[-1] - middle[0]) * (len(ordered) - 1) / (len(middle) - 1)
    return max(seconds, 1.0)


def _tell_accounts_apart(keys: Iterable[NodeKey]) -> dict[NodeKey, NodeKey]:
    """Returns nodes with their account in their type, if others of that name and type have one."""
    plain = {key: NodeKey(key.name, key.type) for key in keys}
    known = Counter(plain[key] for key in plain if key.account)
    return {
        key: NodeKey(key.name, f"{key.type}, account {key.account}")
        if key.account and known[short] > 1
        else short
        for key, short in plain.items()
    }


def _summarize(counted: Sequence[Seen], span_seconds: float) -> RequestStatistics:
    """Returns the statistics of some requests.

    Percentiles are interpolated linearly between the closest ranks, the lowest value being the 0th
    and the highest the 100th.
    """
    durations = [record.duration_seconds for _, record in counted]
    seconds = [duration for duration in durations if duration is not None]
    cuts: list[float | None] = [seconds[0] if seconds else None] * 99
    if len(seconds) > 1:
        cuts = [*statistics.quantiles(seconds, n=100, method="inclusive")]
    return RequestStatistics(
        request_count=len(counted),
        in_progress_count=len(counted) - len(seconds),
        rate_per_minute=len(counted) * 60 / span_seconds,
        status_counts=Counter(record.status for _, record in counted),
        mean_seconds=statistics.fmean(seconds) if seconds else None,
        percentiles={percent: cuts[percent - 1] for percent in PERCENTILES},
        trace_ids=frozenset(trace_id for trace_id, _ in counted),
    )


def _order_nodes(edges: Iterable[tuple[NodeKey, NodeKey]]) -> list[NodeKey]:
    """Returns all nodes breadth first: from the client, the unknown caller, then what is left."""
    targets: defaultdict[NodeKey, set[NodeKey]] = defaultdict(set)
    for source, target in edges:
        targets[source].add(target)
    keys = set(targets).union(*targets.values())
    called = {target for source, target in edges if source != target}
    ordered: dict[NodeKey, None] = {}
    for start in sorted(keys, key=lambda key: (key in called, key not in SOURCES, key)):
        waiting = [start]
        for key in waiting:
            if key not in ordered:
                ordered[key] = None
                waiting.extend(sorted(targets[key]))
    return list(ordered)
