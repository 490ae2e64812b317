"""Positions for the nodes of a graph and routes for its edges, from left to right."""

from collections.abc import Sequence
from typing import NamedTuple

import igraph


class Point(NamedTuple):
    """A place in the layout, in steps: from layer to layer, and from row to row."""

    layer: float
    row: float


class Layout(NamedTuple):
    """Where to draw a graph.

    Attributes:
        positions: The place of each node.
        routes: For each edge the places between its ends that it is to pass through.
    """

    positions: list[Point]
    routes: list[list[Point]]


def lay_out(
    node_count: int, edges: Sequence[tuple[int, int]], *, parts_in_line: bool = False
) -> Layout:
    """Place the nodes of a directed graph in layers, callers before those they call.

    Only edges that close a cycle, on the way from the first nodes, lead back to the left.
    Every layout begins at layer 0 and row 0. Parts of the graph that aren't connected are
    laid out side by side, in rows of their own. Edges from a node to itself have no route.

    Args:
        node_count: How many nodes there are.
        edges: The source and the target of each edge, as indices of nodes.
        parts_in_line: Lay unconnected parts out one after the other, in layers of their own.
    """
    positions = [Point(0, 0)] * node_count
    routes: list[list[Point]] = [[] for _ in edges]
    backward = _find_backward_edges(node_count, edges)
    whole = igraph.Graph(n=node_count, edges=list(edges), directed=True)
    next_layer = next_row = 0.0
    for part in sorted(whole.connected_components(mode="weak"), key=min):
        members = set(part)
        # igraph mixes up the routes of edges in different parts, so each is laid out alone.
        part_edges = [
            index
            for index, (source, target) in enumerate(edges)
            if source in members and source != target
        ]
        place = {node: index for index, node in enumerate(part)}
        # Turned round, the edges of cycles leave igraph no choice of what comes first.
        graph = igraph.Graph(
            n=len(part),
            edges=[
                tuple(place[end] for end in edges[index][:: -1 if index in backward else 1])
                for index in part_edges
            ],
            directed=True,
        )
        sugiyama = graph.layout_sugiyama()
        part_routes = [_to_points(route) for route in sugiyama.edge_routing or ()]
        part_positions = _keep_apart(_to_points(sugiyama.coords))
        places = [point for points in (part_positions, *part_routes) for point in points]
        shift = Point(next_layer, next_row - min(point.row for point in places))
        for node, point in zip(part, part_positions, strict=True):
            positions[node] = _shift(point, shift)
        for index, route in zip(part_edges, part_routes, strict=True):
            points = [_shift(point, shift) for point in route]
            routes[index] = points[:: -1 if index in backward else 1]
        if parts_in_line:
            next_layer += max(point.layer for point in places) + 1
        else:
            next_row = max(point.row for point in places) + shift.row + 1
    return Layout(positions, routes)


def _find_backward_edges(node_count: int, edges: Sequence[tuple[int, int]]) -> set[int]:
    """Return the edges that lead back to a node on the way, walking depth first."""
    outgoing: list[list[int]] = [[] for _ in range(node_count)]
    for index in reversed(range(len(edges))):
        outgoing[edges[index][0]].append(index)
    backward: set[int] = set()
    seen: set[int] = set()
    for start in range(node_count):
        path = [] if start in seen else [start]
        seen.add(start)
        while path:
            if not outgoing[path[-1]]:
                path.pop()
                continue
            index = outgoing[path[-1]].pop()
            target = edges[index][1]
            if target in path:
                backward.add(index)
            elif target not in seen:
                seen.add(target)
                path.append(target)
    return backward


def _to_points(coordinates: Sequence[Sequence[float]]) -> list[Point]:
    """Turn igraph's layout, from top to bottom, so that it goes from left to right."""
    return [Point(layer=layer, row=row) for row, layer in coordinates]


def _keep_apart(points: Sequence[Point]) -> list[Point]:
    """Move what igraph, in a few graphs, has placed on another node of the layer a row on."""
    apart = list(points)
    rows: dict[float, float] = {}
    for index in sorted(range(len(points)), key=lambda index: points[index].row):
        layer, row = points[index]
        if layer in rows and row - rows[layer] < 0.5:
            row = rows[layer] + 1
        rows[layer] = row
        apart[index] = Point(layer, row)
    return apart


def _shift(point: Point, by: Point) -> Point:
    return Point(point.layer + by.layer, point.row + by.row)
