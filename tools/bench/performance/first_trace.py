"""How long it is until the first trace, beside how long it must be, on a simulated clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .declared_order import Order, declared_order
from .necessary_order import BY_PULUMI_EKS, FIRST_TRACE, NECESSARY
from .need import necessary_waits
from .row import Conditions, Measured, Row
from .simulated_clock import Span, Waits, ahead_of, longest_chain, run_clock
from .stacks import STACKS, declared

DRAWN: Final = "dev"
"""The stack that is drawn."""

TOLERANCE: Final = 1e-6
"""Seconds by which two sums of the same durations may differ."""

CONDITIONS: Final = (
    "Simulated: each resource takes as long as its type was seen to take on AWS "
    "(bench/performance/durations.py), any number is made at once, and none is asked for twice. "
    "Beside it the same resources in the order that must be, argued edge by edge "
    "(necessary_order.py), with pulumi-eks's component as it is."
)


@dataclass(frozen=True)
class Schedule:
    """When all steps of a stack are made, in one order of them."""

    waits: Waits
    spans: Mapping[str, Span]

    @property
    def seconds(self) -> float:
        """Returns how long it is until the first trace."""
        return self.spans[FIRST_TRACE].end

    def chain(self) -> list[str]:
        """Returns the steps that keep the first trace from being there sooner."""
        chain = longest_chain(self.spans, self.waits, FIRST_TRACE)
        return [step for step in chain if self.spans[step].begin < self.spans[step].end]


@dataclass(frozen=True)
class Compared:
    """A stack in the order that is declared, and in those that must be."""

    declared: Schedule
    necessary: Schedule
    """With pulumi-eks's component as it is."""

    without_component: Schedule
    """As if nothing had to wait for that component as a whole."""

    @property
    def ratio(self) -> float:
        """Returns how much longer the declared order takes."""
        return self.declared.seconds / self.necessary.seconds

    def late(self) -> list[str]:
        """Returns what is begun later than it must be, whether the first trace waits for it or not.

        Registrations of components take no time, and are left out.
        """
        spans = self.declared.spans
        return [
            step
            for step, must in self.necessary.spans.items()
            if must.begin < must.end and spans[step].begin > must.begin + TOLERANCE
        ]

    def not_declared(self) -> list[str]:
        """Returns the waits that are necessary, and that the program does not see to."""
        return [
            f"{step} before {before}"
            for step, needed in self.necessary.waits.items()
            for before in needed - ahead_of(step, self.declared.waits)
        ]


def measure_first_trace(conditions: Conditions) -> Measured:
    """Compares each stack's order with the order that must be."""
    found = {name: compare(declared_order(declared(name))) for name in STACKS}
    late = [f"{name}: {each}" for name, one in found.items() for each in one.late()]
    lapses = [f"{name}: {each}" for name, one in found.items() for each in one.not_declared()]
    slower = max(one.necessary.seconds / one.without_component.seconds for one in found.values())
    rows = [
        *(_row(name, one) for name, one in found.items()),
        _none("resources that begin later than they must", late),
        _none("necessary waits that the program does not declare", lapses),
        Row(
            "time to the first trace with pulumi-eks's component, at most",
            "the same without waits for the component as a whole",
            f"{slower:.2f} ×",
        ),
    ]
    data = {
        "late": late,
        "not_declared": lapses,
        "stacks": {name: _data(one) for name, one in found.items()},
    }
    return Measured(rows, data, CONDITIONS, _plots(found[DRAWN].declared, conditions))


def compare(order: Order) -> Compared:
    """Returns an order beside those that must be, each until the first trace."""
    seconds = {**order.seconds, FIRST_TRACE: 0.0}
    without_component = necessary_waits(seconds, NECESSARY)
    necessary = necessary_waits(seconds, [*NECESSARY, *BY_PULUMI_EKS])
    declared_waits = {**order.waits, FIRST_TRACE: without_component[FIRST_TRACE]}
    return Compared(
        *(
            Schedule(waits, run_clock(seconds, waits))
            for waits in (declared_waits, necessary, without_component)
        )
    )


def _none(what: str, found: Sequence[str]) -> Row:
    beside = f"{len(NECESSARY)} kinds of necessary waits, {len(STACKS)} stacks"
    return Row(what, beside, str(len(found)), "0", not found)


def _row(name: str, one: Compared) -> Row:
    # Both are sums of the same durations: a needless second is seen, however small its share.
    holds = abs(one.declared.seconds - one.necessary.seconds) < TOLERANCE
    return Row(
        f"time to the first trace, {name}",
        "the longest chain of necessary waits",
        f"{one.ratio:.{2 if holds else 3}f} ×",
        "1.00 ×",
        holds,
    )


def _data(one: Compared) -> dict[str, Any]:
    return {
        "seconds": one.declared.seconds,
        "chain": one.declared.chain(),
        "necessary_seconds": one.necessary.seconds,
        "necessary_chain": one.necessary.chain(),
        "seconds_without_component": one.without_component.seconds,
    }


def _plots(schedule: Schedule, conditions: Conditions) -> dict[str, Any]:
    if conditions.short:
        return {}
    # Loaded only here: it brings matplotlib.
    from .first_trace_plot import plot_schedule

    return {"first_trace": plot_schedule(schedule.spans, schedule.chain(), DRAWN)}
