"""The drawing of the service map: circles, curves and labels, ready for an SVG template."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tools.traces.curves import (
    HORIZONTAL,
    LABEL_HEIGHT,
    RADIUS,
    VERTICAL,
    Place,
    Spacing,
    draw_curve,
    draw_loop,
    find_middle,
)
from tools.traces.formatting import format_rate, format_seconds, format_share
from tools.traces.layout import lay_out
from tools.traces.model import Status
from tools.traces.service_graph import ServiceEdge, ServiceGraph, ServiceNode
from tools.traces.statistics import RequestStatistics
from tools.traces.tokens import Tokens

_EDGE_LABEL_WIDTH = 64
_MARGIN = 24
_LONGEST_LABEL = 22


class Arc(NamedTuple):
    """A part of a node's ring, in percent of the ring."""

    status: Status
    start: float
    length: float


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnNode:
    """A node as it is drawn, its centre in pixels."""

    token: str
    node: ServiceNode
    x: float
    y: float
    arcs: list[Arc]
    name: str
    type: str
    latency: str
    rate: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnEdge:
    """An edge as it is drawn: an SVG path, and where its label goes in pixels."""

    token: str
    edge: ServiceEdge
    path: str
    label_x: float
    label_y: float
    count: str
    latency: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceMap:
    """A drawing of the service graph; where it begins and how large it is, in pixels."""

    left: float
    top: float
    width: float
    height: float
    nodes: list[DrawnNode]
    edges: list[DrawnEdge]


def draw_service_map(
    graph: ServiceGraph, *, tokens: Tokens | None = None, vertical: bool = False
) -> ServiceMap:
    """Draw a service graph from left to right, or from top to bottom for narrow screens.

    Args:
        graph: What is drawn.
        tokens: Those of the graph that it is a part of; by default it is a whole one.
        vertical: Whether it goes from top to bottom.
    """
    tokens = tokens or Tokens(graph)
    spacing = VERTICAL if vertical else HORIZONTAL
    indices = {node.key: index for index, node in enumerate(graph.nodes)}
    ends = [(indices[edge.source], indices[edge.target]) for edge in graph.edges]
    layout = lay_out(len(graph.nodes), ends, parts_in_line=vertical)
    curves: list[list[Place]] = []
    for (source, target), between in zip(ends, layout.routes, strict=True):
        places = layout.positions
        curve = (
            draw_loop(places[source], spacing)
            if source == target
            else draw_curve([places[source], *between, places[target]], spacing)
        )
        curves.append([spacing.turn(place) for place in curve])
    nodes = [
        _draw_node(
            tokens.of_node(node.key), node, spacing.turn(spacing.place(layout.positions[index]))
        )
        for index, node in enumerate(graph.nodes)
    ]
    edges = [
        _draw_edge(tokens.of_edge(edge), edge, curve, spacing)
        for edge, curve in zip(graph.edges, curves, strict=True)
    ]
    return _frame(nodes, edges, itertools.chain.from_iterable(curves))


def _frame(nodes: list[DrawnNode], edges: list[DrawnEdge], corners: Iterable[Place]) -> ServiceMap:
    """Return the map with a frame around all that is drawn; widths of texts are estimates."""
    xs, ys = [0.0], [0.0]
    for x, y in corners:
        xs.append(x)
        ys.append(y)
    for edge in edges:
        xs += [edge.label_x - _EDGE_LABEL_WIDTH / 2, edge.label_x + _EDGE_LABEL_WIDTH / 2]
        ys += [edge.label_y - LABEL_HEIGHT / 2, edge.label_y + LABEL_HEIGHT / 2]
    for node in nodes:
        half_width = max(RADIUS, len(node.name) * 4.4, len(node.type) * 3.6)
        xs += [node.x - half_width, node.x + half_width]
        ys += [node.y - RADIUS, node.y + RADIUS + LABEL_HEIGHT]
    return ServiceMap(
        left=min(xs) - _MARGIN,
        top=min(ys) - _MARGIN,
        width=max(xs) - min(xs) + 2 * _MARGIN,
        height=max(ys) - min(ys) + 2 * _MARGIN,
        nodes=nodes,
        edges=edges,
    )


def _draw_edge(
    token: str, edge: ServiceEdge, curve: Sequence[Place], spacing: Spacing
) -> DrawnEdge:
    (first_x, first_y), *others = curve
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in others)
    label_x, label_y = find_middle(curve)
    if edge.source == edge.target:
        label_x, label_y = (label_x - 34, label_y) if spacing.vertical else (label_x, label_y - 18)
    statistics = edge.statistics
    return DrawnEdge(
        token=token,
        edge=edge,
        path=f"M{first_x:.1f},{first_y:.1f} C{steps}",
        label_x=label_x,
        label_y=label_y,
        count=f"{statistics.request_count:,}",
        latency=format_seconds(statistics.p50_seconds),
        description=f"{edge.source.name} to {edge.target.name}: {describe(statistics)}",
    )


def _draw_node(token: str, node: ServiceNode, centre: Place) -> DrawnNode:
    statistics = node.statistics
    label = node.name if node.is_source else f"{node.name} ({node.type})"
    return DrawnNode(
        token=token,
        node=node,
        x=centre[0],
        y=centre[1],
        arcs=_divide_ring(statistics),
        name=_shorten(node.name),
        type="" if node.is_source else _shorten(node.type),
        latency=format_seconds(statistics.mean_seconds),
        rate=f"{format_rate(statistics.rate_per_minute)}/min",
        description=f"{label}: {describe(statistics)}",
    )


def _divide_ring(statistics: RequestStatistics) -> list[Arc]:
    arcs: list[Arc] = []
    start = 0.0
    for status in Status:
        length = statistics.share(status) * 100
        if length:
            arcs.append(Arc(status, round(start, 3), round(length, 3)))
        start += length
    return arcs


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def describe(statistics: RequestStatistics) -> str:
    """Return statistics as a sentence, for tooltips and screen readers."""
    noun = "request" if statistics.request_count == 1 else "requests"
    shares = [
        f"{format_share(statistics.share(status))} {status}"
        for status in Status
        if statistics.share(status)
    ]
    return (
        f"{statistics.request_count:,} {noun}, "
        f"{format_rate(statistics.rate_per_minute)} per minute, {', '.join(shares)}, "
        f"mean {format_seconds(statistics.mean_seconds)}, "
        f"p50 {format_seconds(statistics.p50_seconds)}, "
        f"p90 {format_seconds(statistics.p90_seconds)}, "
        f"p99 {format_seconds(statistics.p99_seconds)}"
    )
