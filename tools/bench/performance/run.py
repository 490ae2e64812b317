"""Measures one thing after the other, and keeps what was found."""

from collections.abc import Callable, Sequence

from tools.lab.errors import ToolError

from .measures import MEASURES
from .results import table, write_performance
from .row import Conditions, Measure, Measured


class GoalMissedError(ToolError):
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
        found[name] = _measure(MEASURES[name], conditions)
    if not conditions.short and not names:
        write_performance(found)
    missed = [sentence for measured in found.values() for sentence in _missed(measured)]
    if conditions.short and missed:
        raise GoalMissedError(table(found), missed)
    return table(found)


def _measure(measure: Measure, conditions: Conditions) -> Measured:
    """Measures, and in short once more where a goal is missed: what got worse misses it twice."""
    measured = measure(conditions)
    return measure(conditions) if conditions.short and _missed(measured) else measured


def _missed(measured: Measured) -> list[str]:
    """Returns a sentence's part for each goal that does not hold."""
    return [
        f"{row.what} is {row.figure}, not {row.goal}" for row in measured.rows if row.holds is False
    ]
