"""Draws the calls of a reading, second by second, against what is allowed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from matplotlib.figure import Figure

from ..plot_style import COLOURS, FAINT, INK, new_figure
from .limited_api import TRACES, Call, Setting

STEP: Final = 0.5
"""Seconds that a bar is wide."""


def plot_reading(setting: Setting, calls: Sequence[Call]) -> Figure:
    """Returns a figure: calls for traces that were answered, and on them those refused."""
    figure = new_figure()
    axes = figure.subplots()
    figure.subplots_adjust(left=0.09, right=0.97, top=0.84, bottom=0.12)
    asked = [call for call in calls if call.path == TRACES]
    answered = _per_second(call for call in asked if not call.refused)
    refused = _per_second(call for call in asked if call.refused)
    steps = range(max(answered | refused) + 1)
    left = [step * STEP for step in steps]
    heights = [answered[step] for step in steps]
    tops = [refused[step] for step in steps]
    bars = partial(axes.bar, left, width=STEP * 0.9, align="edge")
    bars(height=heights, color=COLOURS[0], label="answered")
    bars(height=tops, bottom=heights, color=COLOURS[1], label="refused")
    if setting.rate:
        axes.axhline(setting.rate, color=INK, linewidth=1, label="allowed, after a burst")
    axes.axvspan(*setting.outage, color=FAINT, zorder=0, label="all calls refused")
    axes.set_xlabel("seconds", color=INK)
    axes.set_ylabel("calls for traces a second", color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, fontsize=8.5)
    figure.text(
        0.02, 0.93, "Reading at the rate that is allowed", color=INK, size=12.5, weight="bold"
    )
    return figure


def _per_second(calls: Iterable[Call]) -> Counter[int]:
    """Returns the rate of calls by the number of the step that they fall in."""
    counts: Counter[int] = Counter(int(call.second / STEP) for call in calls)
    return Counter({step: round(count / STEP) for step, count in counts.items()})
