"""The part of a large graph, and of many traces, that says most: what is busy and what fails."""

import dataclasses
from collections.abc import Sequence
from itertools import chain, islice

from .records import Status
from .service_graph import ServiceGraph, ServiceNode
from .trace import Trace, newness


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
    return dataclasses.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.key in chosen),
        edges=tuple(edge for edge in graph.edges if {edge.source, edge.target} <= chosen),
    )


def select_traces(traces: Sequence[Trace], graph: ServiceGraph, limit: int) -> list[Trace]:
    """Returns at most `limit` traces, those that say most first.

    Up to half are the worst trace of each edge of the graph (the most severe, and of these the
    slowest), another quarter the newest with the most severe status, and the others the newest.
    """
    newest = sorted(traces, key=newness)
    by_id = {trace.id: trace for trace in traces}
    of_edges = [
        max((by_id[trace_id] for trace_id in trace_ids), key=_severity_and_duration)
        for trace_ids in (edge.trace_ids & by_id.keys() for edge in graph.edges)
        if trace_ids
    ]
    of_edges.sort(key=_severity_and_duration, reverse=True)
    worst = sorted(newest, key=lambda trace: trace.status.severity, reverse=True)
    candidates = chain(of_edges[: limit // 2], worst[: limit // 4], newest)
    return list(islice(dict.fromkeys(candidates), limit))


def _severity_and_duration(trace: Trace) -> tuple[int, float, str]:
    return (trace.status.severity, trace.duration_seconds, trace.id)
