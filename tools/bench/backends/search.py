"""Looks for the highest rate that a program takes."""

from collections.abc import Callable
from typing import Final

FIRST: Final = 500
"""Segments a second that the search starts with."""

BISECTIONS: Final = 4
"""How often the gap between what is taken and what is not is halved; a sixteenth of it is left."""

RETREAT: Final = 0.8
"""What is tried next where a rate that was found is not confirmed, as a share of it."""


def highest_rate(
    takes: Callable[[int], bool], ceiling: int, first: int = FIRST, bisections: int = BISECTIONS
) -> int:
    """Returns the highest rate that was seen to be taken, 0 for none: doubles, then bisects.

    Args:
        takes: Tries a rate; whether it was taken.
        ceiling: The highest rate to try.
        first: The rate to start with.
        bisections: How often the gap between taken and not taken is halved.
    """
    taken, refused = 0, min(first, ceiling)
    while takes(refused):
        taken = refused
        if taken == ceiling:
            return taken
        refused = min(2 * taken, ceiling)
    for _ in range(bisections):
        middle = (taken + refused) // 2
        if middle == taken:
            break
        if takes(middle):
            taken = middle
        else:
            refused = middle
    return taken


def confirmed_rate(takes: Callable[[int], bool], rate: int) -> int:
    """Returns a rate that a longer try confirms: the given one, or the first below it; 0 for none.

    Args:
        takes: Tries a rate for longer; whether it was taken.
        rate: What a search found.
    """
    while rate > 0 and not takes(rate):
        rate = int(rate * RETREAT)
    return rate
