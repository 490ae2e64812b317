"""What a measurement gives: figures, each beside what it is compared with and its goal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Row:
    """One figure of the table."""

    what: str
    """What was measured."""

    beside: str
    """What it was measured beside, in the same run."""

    figure: str
    """The ratio or count, as a reader sees it, such as `1.32 ×` or `0`."""

    goal: str = ""
    """What the figure should be; empty where it is stated alone."""

    holds: bool | None = None
    """Whether the goal holds; none where there is no goal, or nothing to measure it with here."""


@dataclass(frozen=True)
class Measured:
    """What one measurement found."""

    rows: Sequence[Row]
    data: Mapping[str, Any] = field(default_factory=dict)
    """All single figures, as JSON takes them, so that a table can be drawn anew."""

    conditions: str = ""
    """Under which conditions the figures hold, in sentences."""

    plots: Mapping[str, "Figure"] = field(default_factory=dict)
    """Drawings by the name of their file, without a suffix."""


@dataclass(frozen=True)
class Conditions:
    """How to measure."""

    short: bool = False
    """Whether to take a minute at most in all, with smaller sizes: only ratios are compared."""

    daemon: Path | None = None
    """AWS's X-Ray daemon; none looks for it on PATH."""

    collector: Path | None = None
    """An OpenTelemetry Collector; without it, what it is needed for is left out, and said so."""


Measure = Callable[[Conditions], Measured]
