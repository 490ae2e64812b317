"""Whether each further service that a stack has traced costs the same."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import TYPE_CHECKING, Final

from .modes import small
from .ratios import least, ratio_row
from .row import Conditions, Measured, Row
from .timing import evaluated

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES: Final = (1, 3, 10, 30, 100)
SIZES_IN_SHORT: Final = (10, 100)

BASE: Final = 10
"""What the others are measured beside, in services."""

LARGEST: Final = 100

PROCESSES: Final = 2
PROCESSES_IN_SHORT: Final = 1

CYCLES: Final = 6
"""How often each process evaluates all numbers of services."""

GOAL: Final = 1.2

CONDITIONS: Final = (
    "one TraceDaemon, and of each service a Deployment with `trace_environment` and a Service; "
    "processor time beyond that of no service, the least of {cycles} in fresh Python processes "
    "that have loaded all packages before; garbage collection as in our own `__main__.py`"
)


def measure_services(conditions: Conditions) -> Measured:
    """Measures a program that has more and more services traced by one daemon."""
    processes = PROCESSES_IN_SHORT if conditions.short else PROCESSES
    numbers = cycle((0, *(SIZES_IN_SHORT if conditions.short else SIZES)))
    seconds = [each for _ in range(processes) for each in _evaluated(numbers)]
    cycles = by_number(numbers, seconds)
    relative = beside_base({number: least(found) for number, found in cycles.items()})
    return Measured(
        [row(relative)],
        data={"processor_seconds": {str(number): found for number, found in cycles.items()}},
        conditions=CONDITIONS.format(cycles=processes * CYCLES),
        plots={} if conditions.short else {"services": _plot(relative)},
    )


def cycle(numbers: Sequence[int]) -> list[int]:
    """Returns the numbers of services of one cycle, small ones several times.

    A short evaluation finds a quiet moment sooner than a long one: so none is much shorter.
    """
    return [each for each in numbers for _ in range(min(10, LARGEST // max(1, each)))]


def by_number(numbers: Sequence[int], seconds: Sequence[float]) -> dict[int, list[float]]:
    """Returns how long each number of services took on the average in each cycle.

    Args:
        numbers: Of services, of one cycle.
        seconds: Of each evaluation, cycle after cycle.
    """
    found: dict[int, list[float]] = {number: [] for number in numbers}
    for start in range(0, len(seconds), len(numbers)):
        of_cycle = list(zip(numbers, seconds[start:], strict=False))
        for number, means in found.items():
            means.append(mean(took for each, took in of_cycle if each == number))
    return found


def beside_base(seconds: Mapping[int, float]) -> dict[int, float]:
    """Returns how long each service takes beside each of ten, by how many there are.

    Args:
        seconds: Of all services together, by how many there are; what none takes is no service's.
    """
    each = {number: (took - seconds[0]) / number for number, took in seconds.items() if number}
    return {number: took / each[BASE] for number, took in each.items()}


def row(relative: Mapping[int, float]) -> Row:
    """Returns the row of how long each service takes, beside each of ten, by how many there are."""
    return ratio_row(
        f"evaluating each of {LARGEST} traced services", f"each of {BASE}", relative[LARGEST], GOAL
    )


def _evaluated(numbers: Sequence[int]) -> Sequence[float]:
    # The first program loads all that the others need as well, and does not count.
    programs = [small("services", services=str(each)) for each in (1, *CYCLES * tuple(numbers))]
    return evaluated(programs).each[1:]


def _plot(relative: Mapping[int, float]) -> "Figure":
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    from ..plot_style import COLOURS, FAINT, INK, new_figure

    line, _, goal = COLOURS
    figure = new_figure()
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(list(relative)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylim(0, 1.05 * max(1.6, *relative.values()))
    axes.axhline(GOAL, color=goal, linestyle="--", linewidth=1)
    axes.text(min(relative), GOAL + 0.02, f"goal at {LARGEST}: ≤ {GOAL:g} ×", color=goal)
    axes.plot(list(relative), list(relative.values()), color=line, marker="o", linewidth=2)
    axes.set_xlabel("services traced by one stack", color=INK)
    axes.set_ylabel(f"time of each, beside each of {BASE}", color=INK)
    axes.set_title("What each further service costs", color=INK, loc="left", weight="bold")
    axes.grid(axis="y", color=FAINT)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
