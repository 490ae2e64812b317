"""How drawings look."""

from typing import Final

from matplotlib.figure import Figure

COLOURS: Final = ("#0b62c4", "#c2571a", "#5f6670")
"""Of what is compared, in its order; the first stands out. Their contrast with white is 4.5 or
more."""

INK: Final = "#24292f"
FAINT: Final = "#d8dee4"

INCHES: Final = (8.0, 4.8)
DOTS_PER_INCH: Final = 200


def new_figure() -> Figure:
    """Returns an empty figure of the size that all have."""
    return Figure(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor="white")
