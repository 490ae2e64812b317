"""The part of a large service graph that is drawn: what is busy, and what fails."""

import dataclasses
from collections.abc import Sequence
from itertools import chain

from tools.traces.calls import NodeKey
from tools.traces.service_graph import ServiceGraph, ServiceNode

NODES_IN_FOCUS = 30
"""How many nodes are drawn at most: with more, a map is larger than any screen."""


def focus(graph: ServiceGraph, limit: int = NODES_IN_FOCUS) -> ServiceGraph:
    """Return the graph, or where it has more nodes than ``limit`` the part that says most.

    The client and unknown callers stay, then half of the others are those with most faults, and
    the rest those with most requests. What was counted is of the whole graph.
    """
    if len(graph.nodes) <= limit:
        return graph
    chosen = _choose(graph.nodes, limit)
    return dataclasses.replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.key in chosen),
        edges=tuple(
            edge for edge in graph.edges if edge.source in chosen and edge.target in chosen
        ),
    )


def _choose(nodes: Sequence[ServiceNode], limit: int) -> set[NodeKey]:
    sources = [node for node in nodes if node.is_source]
    served = [node for node in nodes if not node.is_source]
    failing = sorted((node for node in served if node.statistics.fault_count), key=_most_faults)
    by_requests = sorted(served, key=_most_requests)
    half = max(limit - len(sources), 0) // 2
    chosen: dict[NodeKey, None] = {}
    for node in chain(sources, failing[:half], by_requests):
        if len(chosen) == limit:
            break
        chosen[node.key] = None
    return set(chosen)


def _most_faults(node: ServiceNode) -> tuple[int, NodeKey]:
    return (-node.statistics.fault_count, node.key)


def _most_requests(node: ServiceNode) -> tuple[int, NodeKey]:
    return (-node.statistics.request_count, node.key)
