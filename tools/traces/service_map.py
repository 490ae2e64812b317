"""The drawing of the service map, by the layered layout of igraph, ready for an SVG template."""

import math
from collections.abc import Sequence
from itertools import chain, islice, pairwise
from typing import Final, NamedTuple

from .service_graph import ServiceEdge, ServiceGraph, ServiceNode


class Point(NamedTuple):
    """A place, to the right and down."""

    x: float
    y: float


RADIUS: Final = 40
"""The radius of a node's circle; this and what follows are pixels."""

STEP: Final = Point(210, 140)
"""From layer to layer, and from row to row."""

ARROW_LENGTH: Final = 7
LIFT: Final = 0.7 * RADIUS
"""How far above the centres of nodes an edge that leads back begins and ends."""

BOW: Final = 80
"""How far such an edge is above the straight line, which an edge the other way may take."""

MARGIN: Final = Point(100, 90)


class DrawnEdge(NamedTuple):
    """An edge, its SVG path, and the middle of its label."""

    edge: ServiceEdge
    path: str
    label: Point


class ServiceMap(NamedTuple):
    """A drawing: its nodes with the centres of their circles, its edges, and its corners."""

    nodes: list[tuple[ServiceNode, Point]]
    edges: list[DrawnEdge]
    first: Point
    last: Point


def draw_service_map(graph: ServiceGraph) -> ServiceMap:
    """Draws a service graph, from left to right."""
    indices = {node.key: index for index, node in enumerate(graph.nodes)}
    ends = [(indices[edge.source], indices[edge.target]) for edge in graph.edges]
    centres, routes = lay_out(len(graph.nodes), ends)
    edges: list[DrawnEdge] = []
    for edge, (source, target), route in zip(graph.edges, ends, routes, strict=True):
        if source == target:
            path, label = _loop(centres[source])
        else:
            places = _places(centres[source], route, centres[target])
            one, other = places[(len(places) - 1) // 2], places[len(places) // 2]
            path, label = _smooth(places), Point((one.x + other.x) / 2, (one.y + other.y) / 2)
        edges.append(DrawnEdge(edge, path, label))
    places = [Point(0, 0), *centres, *chain(*routes), *(edge.label for edge in edges)]
    xs, ys = sorted(place.x for place in places), sorted(place.y for place in places)
    return ServiceMap(
        nodes=list(zip(graph.nodes, centres, strict=True)),
        edges=edges,
        first=Point(xs[0] - MARGIN.x, ys[0] - MARGIN.y),
        last=Point(xs[-1] + MARGIN.x, ys[-1] + MARGIN.y),
    )


def _places(source: Point, route: Sequence[Point], target: Point) -> list[Point]:
    """Returns what an edge passes, from the ring of a node to that of another."""
    if source.x < target.x:
        start = Point(source.x + RADIUS, source.y)
        return [start, *route, Point(target.x - RADIUS - ARROW_LENGTH, target.y)]
    above = Point((source.x + target.x) / 2, min(source.y, target.y) - BOW)
    end = Point(target.x + LIFT + ARROW_LENGTH, target.y - LIFT)
    return [Point(source.x - LIFT, source.y - LIFT), *(route or [above]), end]


def _smooth(places: Sequence[Point]) -> str:
    """Returns the path of a curve through some places, level in each."""
    curves = [
        f"C{(start.x + end.x) / 2:.1f},{start.y:.1f} {(start.x + end.x) / 2:.1f},{end.y:.1f} "
        f"{end.x:.1f},{end.y:.1f}"
        for start, end in pairwise(places)
    ]
    return " ".join([f"M{places[0].x:.1f},{places[0].y:.1f}", *curves])


def _loop(centre: Point) -> tuple[str, Point]:
    """Returns the path of an edge from a node to itself, and the middle of its label."""
    x, top = centre.x, centre.y - RADIUS
    ends = f"M{x - 14:.1f},{top + 4:.1f}", f"{x + 14:.1f},{top + 4 - ARROW_LENGTH:.1f}"
    path = f"{ends[0]} C{x - 34:.1f},{top - 40:.1f} {x + 34:.1f},{top - 40:.1f} {ends[1]}"
    return path, Point(x, top - 48)


def lay_out(
    node_count: int, edges: Sequence[tuple[int, int]]
) -> tuple[list[Point], list[list[Point]]]:
    """Places the nodes of a directed graph in layers, callers to the left of those they call.

    Only edges within a cycle lead back to the left.

    Returns:
        The place of each node, and for each edge the places between its ends that it is to pass.
    """
    # It takes a second to load where matplotlib is installed, too.
    import igraph

    graph = igraph.Graph(node_count, edges, directed=True)
    cycle_of = graph.connected_components("strong").membership
    # Turned round, edges that lead back leave igraph no choice of what comes first.
    forward = [
        tuple(sorted(edge)) if cycle_of[edge[0]] == cycle_of[edge[1]] else edge for edge in edges
    ]
    drawn = [index for index, (source, target) in enumerate(edges) if source != target]
    # igraph mixes up the routes of edges in parts that aren't connected: a root connects them.
    entries = set(range(node_count)) - {forward[index][1] for index in drawn}
    rooted = [*(forward[index] for index in drawn), *((node_count, entry) for entry in entries)]
    layout = igraph.Graph(node_count + 1, rooted, directed=True).layout_sugiyama()
    routes: list[list[Sequence[float]]] = [[] for _ in edges]
    for index, route in zip(drawn, layout.edge_routing or (), strict=False):
        routes[index] = route if forward[index] == edges[index] else route[::-1]
    points = _keep_apart([*layout.coords[:node_count], *chain(*routes)])
    places = (Point((layer - 1) * STEP.x, row * STEP.y) for row, layer in points)
    centres = list(islice(places, node_count))
    return centres, [list(islice(places, len(route))) for route in routes]


def _keep_apart(points: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    """Moves what igraph, in a few graphs, has placed on another point of the layer a row on."""
    apart = [(0.0, 0.0)] * len(points)
    last: dict[float, float] = {}
    for index in sorted(range(len(points)), key=lambda index: points[index][0]):
        row, layer = points[index]
        last[layer] = max(row, last.get(layer, -math.inf) + 1)
        apart[index] = (last[layer], layer)
    return apart
