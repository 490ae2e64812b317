"""Measures one thing after the other, and keeps what was found."""

from collections.abc import Callable, Sequence

from rehearsal.errors import RehearsalError

from .measures import MEASURES
from .results import table, write_performance
from .row import Conditions, Measured


class GoalMissedError(RehearsalError):
    """Something that was measured in short misses its goal."""

    def __init__(self, table: str, missed: Sequence[str]) -> None:
        super().__init__(f"These miss their goals: {'; '.join(missed)}.")
        self.table = table


def measure_performance(
    conditions: Conditions, names: Sequence[str], say: Callable[[str], None]
) -> str:
    """Measures, and returns the table; keeps it where all was measured, and in full.

    Args:
        conditions: How to measure.
        names: Of the measurements; none takes all.
        say: Told the name of what is measured next.

    Raises:
        GoalMissedError: It was measured in short, and a goal does not hold.
    """
    found: dict[str, Measured] = {}
    for name in names or MEASURES:
        say(name)
        found[name] = MEASURES[name](conditions)
    if not conditions.short and not names:
        write_performance(found)
    rows = [row for measured in found.values() for row in measured.rows]
    missed = [f"{row.what} is {row.figure}, not {row.goal}" for row in rows if row.holds is False]
    if conditions.short and missed:
        raise GoalMissedError(table(found), missed)
    return table(found)
