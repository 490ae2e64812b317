"""Ratios of what was timed beside each other."""

from collections.abc import Sequence

from .row import Row


def least(seconds: Sequence[float]) -> float:
    """Returns the least of several times: whatever disturbs a run makes it longer."""
    return min(seconds)


def ratio_row(
    what: str, beside: str, ratio: float, goal: float | None = None, *, judged: bool = True
) -> Row:
    """Returns a row of a ratio.

    Args:
        what: What was measured.
        beside: What it is divided by.
        ratio: The one divided by the other.
        goal: What it should be at most; none states it alone.
        judged: Whether it is said if the goal holds.
    """
    return Row(
        what,
        beside,
        f"{ratio:.2f} ×",
        goal_of(goal),
        None if goal is None or not judged else ratio <= goal,
    )


def goal_of(goal: float | None) -> str:
    """Returns a goal as the table has it; none is empty."""
    return "" if goal is None else f"≤ {goal:g} ×"
