"""What a month costs beside the article's set-up, by the calculator: nothing is measured."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from ..cost.calculator import Cost, bytes_between_zones, monthly_cost
from ..cost.prices import Prices
from ..cost.setup import article, ours
from ..cost.tables import SIZES, conditions
from ..cost.workload import Workload
from .ratios import ratio_row
from .row import Conditions, Measured, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN: Final = (("traces", "X-Ray"), ("nodes", "share of the nodes"), ("between_zones", "zones"))
"""Parts of a cost in the drawing, and what they are called there."""


def measure_cost(how: Conditions) -> Measured:
    """Returns what clusters of all sizes cost, with this program and with the article's set-up."""
    workload, prices, here, beside = Workload(nodes=SIZES[0]), Prices(), ours(), article()
    sizes = [replace(workload, nodes=each) for each in SIZES]
    found = [monthly_cost(each, here, prices) for each in sizes]
    of_article = [monthly_cost(each, beside, prices) for each in sizes]
    crossing = sum(bytes_between_zones(each, here) for each in sizes)
    rows = [
        Row(
            "bytes of traces between zones",
            "the article's Service: half of them",
            f"{crossing:,.0f}",
            "0",
            crossing == 0,
        ),
        _ratio("the nodes' share", found[1].nodes, of_article[1].nodes, SIZES[1]),
        *(
            _ratio("a month, X-Ray's charges included", mine.total, theirs.total, size)
            for mine, theirs, size in zip(found, of_article, SIZES, strict=True)
        ),
    ]
    return Measured(
        rows=rows,
        data={
            "nodes": list(SIZES),
            "prices": asdict(prices),
            "ours": [asdict(each) for each in found],
            "article": [asdict(each) for each in of_article],
        },
        conditions=f"calculated, not measured: {conditions(workload)} Prices of us-east-1 "
        "(docs/cost.md); `python -m bench cost` takes others.",
        plots={} if how.short else {"cost": _draw(found, of_article)},
    )


def _ratio(what: str, mine: float, theirs: float, nodes: int) -> Row:
    return ratio_row(f"{what}, {nodes:,} nodes", "the article's set-up", mine / theirs, goal=1)


def _draw(found: Sequence[Cost], of_article: Sequence[Cost]) -> "Figure":
    """Draws a bar for each size and set-up: dollars for each node, by what they are for."""
    # Loaded only here: it brings matplotlib.
    from ..plot_style import COLOURS, INK, new_figure, quiet_axes

    figure = new_figure()
    axes = figure.subplots()
    figure.subplots_adjust(left=0.25, right=0.95, top=0.82, bottom=0.14)
    bars = [
        (f"{size:,} nodes, {name}", cost, size)
        for size, *pair in zip(SIZES, found, of_article, strict=True)
        for name, cost in zip(("ours", "the article's"), pair, strict=True)
    ]
    names, sizes = [name for name, _, _ in bars], [size for _, _, size in bars]
    left = [0.0] * len(bars)
    for (part, label), colour in zip(SHOWN, COLOURS, strict=True):
        widths = [getattr(cost, part) / size for _, cost, size in bars]
        axes.barh(names, widths, left=left, color=colour, label=label, height=0.62)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    for name, end, size in zip(names, left, sizes, strict=True):
        axes.annotate(
            f"${end * size:,.0f}",
            (end, name),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            color=INK,
        )
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12 * max(left))
    axes.set_xlabel("$ a month for each node; at the bar's end, for all", color=INK)
    quiet_axes(axes, lines="x")
    axes.spines["bottom"].set_visible(False)
    figure.legend(loc="upper left", bbox_to_anchor=(0.24, 0.91), ncols=len(SHOWN), frameon=False)
    figure.text(0.02, 0.93, "What tracing costs in a month", color=INK, size=12.5, weight="bold")
    return figure
