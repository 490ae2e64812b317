"""The drawing of the service map: circles, curves and labels, ready for an SVG template."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.formatting import format_rate, format_seconds, format_share
from traces.layout import Point, lay_out
from traces.model import Status
from traces.service_graph import ServiceEdge, ServiceGraph, ServiceNode
from traces.statistics import RequestStatistics

RADIUS = 40
_ARROW = 7
_LABEL_HEIGHT = 44
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
    """A drawing of the service graph, in pixels."""

    width: float
    height: float
    nodes: list[DrawnNode]
    edges: list[DrawnEdge]


class _Spacing(NamedTuple):
    """Distances along the layers and across them; ``leave`` is where an edge may begin."""

    layer: int
    row: int
    leave: int
    margin_start: int
    margin_end: int
    margin_side: int
    vertical: bool


_HORIZONTAL = _Spacing(210, 140, RADIUS + 2, 90, 90, 64, vertical=False)
_VERTICAL = _Spacing(196, 156, RADIUS + _LABEL_HEIGHT, 64, 64, 82, vertical=True)


def draw_service_map(graph: ServiceGraph, *, vertical: bool = False) -> ServiceMap:
    """Draw the service graph from left to right, or from top to bottom for narrow screens.

    The tokens of nodes and edges (``n0``, ``e0`` and so on) are their places in the graph.
    """
    spacing = _VERTICAL if vertical else _HORIZONTAL
    indices = {node.key: index for index, node in enumerate(graph.nodes)}
    ends = [(indices[edge.source], indices[edge.target]) for edge in graph.edges]
    layout = lay_out(len(graph.nodes), ends, parts_in_line=vertical)
    places = [layout.positions, *layout.routes]
    last_layer = max((point.layer for points in places for point in points), default=0)
    last_row = max((point.row for points in places for point in points), default=0)
    along = spacing.margin_start + last_layer * spacing.layer + spacing.margin_end
    across = 2 * spacing.margin_side + last_row * spacing.row + (0 if vertical else _LABEL_HEIGHT)
    if vertical:
        along += _LABEL_HEIGHT
    opposite = set(ends)
    edges: list[DrawnEdge] = []
    for index, (source, target) in enumerate(ends):
        route = (layout.positions[source], *layout.routes[index], layout.positions[target])
        curve = _route_edge(
            [_place(point, spacing) for point in route],
            spacing,
            loop=source == target,
            bowed=(target, source) in opposite,
        )
        edges.append(_draw_edge(index, graph.edges[index], curve, spacing))
    return ServiceMap(
        width=across if vertical else along,
        height=along if vertical else across,
        nodes=[
            _draw_node(index, node, _turn(_place(layout.positions[index], spacing), spacing))
            for index, node in enumerate(graph.nodes)
        ],
        edges=edges,
    )


_Place = tuple[float, float]


def _place(point: Point, spacing: _Spacing) -> _Place:
    return (
        spacing.margin_start + point.layer * spacing.layer,
        spacing.margin_side + point.row * spacing.row,
    )


def _turn(place: _Place, spacing: _Spacing) -> _Place:
    return (place[1], place[0]) if spacing.vertical else place


def _route_edge(
    places: Sequence[_Place], spacing: _Spacing, *, loop: bool, bowed: bool
) -> list[_Place]:
    """Return the control points of a chain of cubic curves, from border to border."""
    (start_along, start_across), (end_along, end_across) = places[0], places[-1]
    if loop:
        top = start_across - RADIUS
        return [
            (start_along - 14, top + 4),
            (start_along - 34, top - 40),
            (start_along + 34, top - 40),
            (start_along + 14, top - _ARROW + 4),
        ]
    forward = start_along < end_along
    if forward:
        start = (start_along + spacing.leave, start_across)
        end = (end_along - RADIUS - _ARROW, end_across)
    else:
        side = RADIUS * math.sin(math.radians(50))
        start = (start_along - RADIUS * 0.64, start_across - side)
        end = (end_along + RADIUS * 0.64 + _ARROW * 0.7, end_across - side - _ARROW * 0.7)
    if not forward and len(places) == 2 and bowed:
        lift = 46
        return [
            start,
            (start[0] - 40, start[1] - lift),
            (end[0] + 40, end[1] - lift),
            end,
        ]
    return _smooth([start, *places[1:-1], end])


def _smooth(places: Sequence[_Place]) -> list[_Place]:
    controls = [places[0]]
    for (along, across), (next_along, next_across) in itertools.pairwise(places):
        reach = (next_along - along) / 2
        controls += [(along + reach, across), (next_along - reach, next_across)]
        controls.append((next_along, next_across))
    return controls


def _draw_edge(index: int, edge: ServiceEdge, curve: list[_Place], spacing: _Spacing) -> DrawnEdge:
    turned = [_turn(place, spacing) for place in curve]
    (first_x, first_y), *others = turned
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in others)
    label_x, label_y = _middle(turned)
    statistics = edge.statistics
    return DrawnEdge(
        token=f"e{index}",
        edge=edge,
        path=f"M{first_x:.1f},{first_y:.1f} C{steps}",
        label_x=label_x,
        label_y=label_y,
        count=f"{statistics.request_count:,}",
        latency=format_seconds(statistics.p50_seconds),
        description=f"{edge.source.name} to {edge.target.name}: {describe(statistics)}",
    )


def _middle(curve: Sequence[_Place]) -> _Place:
    """Return the middle of the curve's middle piece."""
    piece = (len(curve) - 1) // 3 // 2 * 3
    [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = curve[piece : piece + 4]
    return ((x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8)


def _draw_node(index: int, node: ServiceNode, centre: _Place) -> DrawnNode:
    statistics = node.statistics
    label = node.name if node.is_source else f"{node.name} ({node.type})"
    return DrawnNode(
        token=f"n{index}",
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
