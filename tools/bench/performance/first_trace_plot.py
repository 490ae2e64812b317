"""Draws when a stack's resources are made."""

from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..plot_style import COLOURS, INK, new_figure, quiet_axes
from .simulated_clock import Span

SHORTEST: Final = 20.0
"""Seconds under which a step is drawn only where others wait for it."""


def plot_schedule(spans: Mapping[str, Span], chain: Sequence[str], stack: str) -> Figure:
    """Returns bars on a clock, a step each; the chain that decides the end is in one colour.

    Args:
        spans: When each step is made, in seconds.
        chain: The steps that the end waits for.
        stack: The stack's name.
    """
    shown = [
        step for step, span in spans.items() if step in chain or span.end - span.begin >= SHORTEST
    ]
    shown.sort(key=lambda step: (spans[step].begin, spans[step].end, step))
    figure = new_figure()
    axes = figure.subplots()
    figure.subplots_adjust(left=0.3, right=0.96, top=0.88, bottom=0.12)
    for row, step in enumerate(shown):
        _draw(axes, row, spans[step], COLOURS[0] if step in chain else COLOURS[2])
    _set_axes(axes, shown)
    minutes, seconds = divmod(round(spans[chain[-1]].end), 60)
    hidden = sum(1 for step, span in spans.items() if step not in shown and span.end > span.begin)
    figure.text(
        *(0.02, 0.93),
        f"First trace of the stack {stack} after {minutes} min {seconds} s, simulated",
        color=INK,
        size=12.5,
        weight="bold",
    )
    figure.text(
        *(0.02, 0.025),
        f"Blue: the chain that decides. Not drawn: {hidden} others of less than {SHORTEST:.0f} s.",
        color=INK,
        size=8.5,
    )
    return figure


def _draw(axes: Axes, row: int, span: Span, colour: str) -> None:
    length = span.end - span.begin
    axes.barh(row, length / 60, left=span.begin / 60, height=0.62, color=colour)
    axes.annotate(
        f"{length:.0f} s",
        (span.end / 60, row),
        xytext=(4, 0),
        textcoords="offset points",
        color=colour,
        size=8,
        va="center",
    )


def _set_axes(axes: Axes, shown: Sequence[str]) -> None:
    axes.set_yticks(range(len(shown)), labels=[step.partition(":")[2] for step in shown])
    axes.invert_yaxis()
    axes.margins(x=0.06)
    axes.set_xlim(left=0)
    axes.set_xlabel("minutes", color=INK, size=10)
    axes.tick_params(labelsize=8)
    quiet_axes(axes, lines="x")
