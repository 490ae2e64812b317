"""Draws how long rollouts take against the size of the cluster."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .plot_style import COLOURS, INK, new_figure, quiet_axes
from .rollout import Rollout

WIDTHS: Final = (4.0, 2.0, 2.0)
"""Of the strategies' lines; ours is wider, to be seen where another lies on it."""

TIMES: Final[Mapping[float, str]] = {
    1: "1 s",
    10: "10 s",
    60: "1 min",
    600: "10 min",
    3600: "1 h",
}

LABEL_GAP: Final = 0.36
"""The least distance between two labels, in powers of ten: two lines of text and some air."""


def plot_rollouts(rollouts: Sequence[Rollout], file: Path, caption: str) -> None:
    """Writes a PNG: a line a strategy, both axes logarithmic, a name at the end of each line."""
    figure = new_figure()
    axes = figure.subplots()
    figure.subplots_adjust(left=0.09, right=0.67, top=0.9, bottom=0.2)
    strategies = list(dict.fromkeys(each.strategy for each in rollouts))
    lines = [
        sorted((each for each in rollouts if each.strategy == strategy), key=lambda e: e.nodes)
        for strategy in strategies
    ]
    _set_scales(axes, rollouts)
    heights = spread([math.log10(line[-1].seconds) for line in lines], LABEL_GAP)
    for line, height, colour, width in zip(lines, heights, COLOURS, WIDTHS, strict=False):
        _draw(axes, line, 10**height, colour, width)
    figure.text(
        0.02,
        0.93,
        "Time of a rollout, and the most nodes without a daemon meanwhile",
        color=INK,
        size=12.5,
        weight="bold",
    )
    figure.text(0.02, 0.03, caption, color=INK, size=8.5, wrap=True)
    figure.savefig(file)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Returns heights that are as far apart as a gap, near the given ones and in their order."""
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    placed = list(heights)
    # One pass up is enough for three; what was pushed comes back by half.
    for below, above in pairwise(order):
        lacking = gap - (placed[above] - placed[below])
        if lacking > 0:
            placed[below] -= lacking / 2
            placed[above] += lacking / 2
    return placed


def _set_scales(axes: Axes, rollouts: Sequence[Rollout]) -> None:
    sizes = sorted({each.nodes for each in rollouts})
    seconds = [each.seconds for each in rollouts]
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(sizes[0] / 1.15, sizes[-1] * 1.15)
    axes.set_ylim(min(seconds) / 1.6, max(seconds) * 1.6)
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.yaxis.set_major_locator(FixedLocator(list(TIMES)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda time, _: TIMES.get(round(time), "")))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("nodes", color=INK, size=11)
    axes.tick_params(labelsize=11)
    quiet_axes(axes, lines="y")


def _draw(
    axes: Axes, line: Sequence[Rollout], label_seconds: float, colour: str, width: float
) -> None:
    """Draws one strategy; what leads to an extrapolated point is dashed, the point hollow."""
    for start, end in pairwise(line):
        axes.plot(
            [start.nodes, end.nodes],
            [start.seconds, end.seconds],
            color=colour,
            linewidth=width,
            linestyle=(0, (4, 2)) if end.extrapolated else "-",
        )
    for each in line:
        axes.plot(
            [each.nodes],
            [each.seconds],
            color=colour,
            marker="o",
            markersize=4 + width,
            markerfacecolor="white" if each.extrapolated else colour,
        )
    last = line[-1]
    noun = "node" if last.uncovered < 2 else "nodes"
    axes.annotate(
        f"{last.strategy}\n{last.duration}, {last.uncovered or 'no'} {noun} without",
        (last.nodes, label_seconds),
        xytext=(14, 0),
        textcoords="offset points",
        color=colour,
        size=10.5,
        va="center",
        annotation_clip=False,
    )
