"""Short names for nodes and edges, by which the page filters traces."""

from collections import defaultdict
from collections.abc import Mapping

from tools.traces.calls import NodeKey
from tools.traces.service_graph import ServiceEdge, ServiceGraph


class Tokens:
    """``n0``, ``e0`` and so on: the places of nodes and edges in the whole graph."""

    def __init__(self, graph: ServiceGraph) -> None:
        self._graph = graph
        self._nodes = {node.key: f"n{index}" for index, node in enumerate(graph.nodes)}
        self._edges = {
            (edge.source, edge.target): f"e{index}" for index, edge in enumerate(graph.edges)
        }

    def of_node(self, key: NodeKey) -> str:
        """Return the token of a node."""
        return self._nodes[key]

    def of_edge(self, edge: ServiceEdge) -> str:
        """Return the token of an edge."""
        return self._edges[edge.source, edge.target]

    def by_trace(self) -> Mapping[str, list[str]]:
        """Return the tokens of the nodes and edges that each trace went through, by its id."""
        tokens: defaultdict[str, list[str]] = defaultdict(list)
        for node in self._graph.nodes:
            for trace_id in node.trace_ids:
                tokens[trace_id].append(self.of_node(node.key))
        for edge in self._graph.edges:
            for trace_id in edge.trace_ids:
                tokens[trace_id].append(self.of_edge(edge))
        return tokens
