"""How drawings look."""

from typing import Final, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLOURS: Final = ("#0b62c4", "#c2571a", "#5f6670")
"""Of what is compared, in its order; the first stands out. Their contrast with white is 4.5 or
more."""

INK: Final = "#24292f"
FAINT: Final = "#d8dee4"

INCHES: Final = (8.0, 4.8)
DOTS_PER_INCH: Final = 200


def quiet_axes(axes: Axes, lines: Literal["x", "y"]) -> None:
    """Leaves of axes a faint line at the bottom, and lines across those values that are read."""
    axes.tick_params(length=0, colors=INK)
    axes.grid(axis=lines, color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def new_figure() -> Figure:
    """Returns an empty figure of the size that all have."""
    return Figure(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor="white")
