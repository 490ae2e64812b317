"""The curves that the edges of the service map are drawn as."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from tools.traces.layout import Point

RADIUS = 40
"""The radius of a node's circle, in pixels."""

LABEL_HEIGHT = 44
"""The height of the two lines under a node, in pixels."""

ARROW_LENGTH = 7

Place: TypeAlias = tuple[float, float]
"""A place in pixels, along the layers and across them; turned, it is x and y."""


class Spacing(NamedTuple):
    """Distances in pixels along the layers and across them.

    ``leave`` is how far from the centre of a node the edges to later layers begin.
    """

    layer: int
    row: int
    leave: int
    vertical: bool

    def place(self, point: Point) -> Place:
        """Return where a point of the layout is."""
        return (point.layer * self.layer, point.row * self.row)

    def turn(self, place: Place) -> Place:
        """Return the x and y of a place."""
        return (place[1], place[0]) if self.vertical else place


HORIZONTAL = Spacing(layer=210, row=140, leave=RADIUS + 2, vertical=False)
VERTICAL = Spacing(layer=196, row=156, leave=RADIUS + LABEL_HEIGHT, vertical=True)


def draw_curve(route: Sequence[Point], spacing: Spacing) -> list[Place]:
    """Return the control points of a chain of cubic curves along a route, from ring to ring."""
    places = [spacing.place(point) for point in route]
    (start, start_across), (end, end_across) = places[0], places[-1]
    if start < end:
        places[0] = (start + spacing.leave, start_across)
        places[-1] = (end - RADIUS - ARROW_LENGTH, end_across)
        return _smooth(places)
    # Edges that lead back take the side of the ring that the others leave free.
    aside = RADIUS * 0.7
    places[0] = (start - aside, start_across - aside)
    places[-1] = (end + aside + ARROW_LENGTH * 0.7, end_across - aside - ARROW_LENGTH * 0.7)
    return _bow(places[0], places[-1]) if len(places) == 2 else _smooth(places)


def draw_loop(point: Point, spacing: Spacing) -> list[Place]:
    """Return the control points of the curve from a node to itself."""
    along, across = spacing.place(point)
    side = across - RADIUS
    return [
        (along - 14, side + 4),
        (along - 34, side - 40),
        (along + 34, side - 40),
        (along + 14, side - ARROW_LENGTH + 4),
    ]


def find_middle(curve: Sequence[Place]) -> Place:
    """Return the middle of the middle one of a chain of cubic curves."""
    first = (len(curve) - 1) // 3 // 2 * 3
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = curve[first : first + 4]
    return ((x0 + 3 * x1 + 3 * x2 + x3) / 8, (y0 + 3 * y1 + 3 * y2 + y3) / 8)


def _bow(start: Place, end: Place) -> list[Place]:
    """Return a curve beside the straight line, which an edge the other way may take."""
    return [start, (start[0] - 40, start[1] - 46), (end[0] + 40, end[1] - 46), end]


def _smooth(places: Sequence[Place]) -> list[Place]:
    controls = [places[0]]
    for (along, across), (next_along, next_across) in itertools.pairwise(places):
        halfway = (along + next_along) / 2
        controls += [(halfway, across), (halfway, next_across), (next_along, next_across)]
    return controls
