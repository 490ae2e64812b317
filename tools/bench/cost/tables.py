"""The calculator's tables, in Markdown: by the number of nodes, by sampling and by settings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Final

from components.agent.agents import Backend

from ..tables import markdown_table
from .calculator import Cost, monthly_cost
from .prices import Prices
from .setup import Setup, WayOut, article, ours
from .workload import QUOTA, Workload

SIZES: Final = (10, 100, 1000)
"""Nodes of the clusters that are compared."""

SAMPLING_RATES: Final = (0.01, 0.05, 1.0)

CHARGES: Final[Mapping[str, str]] = {
    "traces": "X-Ray: traces recorded",
    "reads": "X-Ray: traces read",
    "spans": "Transaction Search: spans kept",
    "index": "Transaction Search: spans indexed",
    "way_out": "NAT gateway or private endpoint",
    "between_zones": "between zones",
    "nodes": "share of the nodes",
}
"""What each part of a cost is called."""

OVER_QUOTA: Final = " †"
OVER_QUOTA_NOTE: Final = (
    f"† More than the {QUOTA:,} segments/s that X-Ray takes from an account unless asked for more."
)


def settings() -> dict[str, Setup]:
    """Returns the set-ups that a reader may choose among, by the settings that make them."""
    collector = Backend.COLLECTOR
    return {
        "none: the stack `dev`": ours(),
        "`vpcEndpoints` with `xray`": ours(way_out=WayOut.ENDPOINT),
        "`privateNetwork: true`": ours(way_out=WayOut.NAT),
        "`backend: collector`": ours(collector),
        "`backend: collector`, `gatewayReplicas: 2`": ours(collector, gateway_replicas=2),
        "`backend: collector`, `collectorExporter: otlp`, `transactionSearch`": ours(
            collector, transaction_search=True
        ),
        "the article's set-up": article(),
    }


def table_by_nodes(
    workload: Workload, setup: Setup, prices: Prices, sizes: Sequence[int] = SIZES
) -> str:
    """Returns what a set-up costs, part by part, beside the article's."""

    def costs(of: Setup) -> list[Cost]:
        return [monthly_cost(replace(workload, nodes=each), of, prices) for each in sizes]

    found, beside = costs(setup), costs(article())
    ratios = [f"{a.total / b.total:.2f} ×" for a, b in zip(found, beside, strict=True)]
    rows = [
        *_rows(found, lambda what: what),
        ["**together**", *(f"**{dollars(each.total)}**" for each in found)],
        *_rows(beside, lambda what: f"the article's: {what}"),
        ["**the article's, together**", *(f"**{dollars(each.total)}**" for each in beside)],
        ["beside the article's", *ratios],
    ]
    return markdown_table(_head("$ a month", sizes), rows)


def table_by_sampling(
    workload: Workload, setup: Setup, prices: Prices, sizes: Sequence[int] = SIZES
) -> str:
    """Returns what X-Ray and CloudWatch charge by the share of the requests that is recorded."""
    rows: list[list[str]] = []
    for rate in SAMPLING_RATES:
        row = [f"{workload.sampling.reservoir}/s and {100 * rate:g} %"]
        for size in sizes:
            sampled = replace(workload, nodes=size, sampling=replace(workload.sampling, rate=rate))
            mark = OVER_QUOTA if sampled.segments_per_second > QUOTA else ""
            row.append(dollars(monthly_cost(sampled, setup, prices).xray) + mark)
        rows.append(row)
    table = markdown_table(_head("X-Ray's charges, $ a month", sizes), rows)
    return f"{table}\n{OVER_QUOTA_NOTE}\n" if OVER_QUOTA in table else table


def table_by_settings(workload: Workload, prices: Prices, sizes: Sequence[int] = SIZES) -> str:
    """Returns what everything together costs by the settings."""
    rows = [
        [
            name,
            *(
                dollars(monthly_cost(replace(workload, nodes=each), setup, prices).total)
                for each in sizes
            ),
        ]
        for name, setup in settings().items()
    ]
    return markdown_table(_head("settings; $ a month together", sizes), rows)


def table_of_prices(prices: Prices) -> str:
    """Returns the prices, each with the page that it is from."""
    rows = [
        [
            f"`{each.name}`",
            each.metadata["per"],
            f"<{each.metadata['source']}>",
            f"{getattr(prices, each.name):g}",
        ]
        for each in fields(prices)
    ]
    return markdown_table(("price", "for", "AWS's page", "$"), rows, left=3)


def conditions(workload: Workload) -> str:
    """Returns what the tables assume, in sentences."""
    sampling = workload.sampling
    return (
        f"{workload.requests_per_second:g} requests/s for each node; {sampling.reservoir}/s and "
        f"{100 * sampling.rate:g} % of the others recorded, by {sampling.services} "
        f"reservoir{'' if sampling.services == 1 else 's'}; "
        f"{workload.segments_per_trace:g} segments of {workload.segment_bytes:,g} bytes a trace; "
        f"{workload.traces_read:,g} traces read a month; {workload.zones} zones; nodes of "
        f"{workload.node_cpus:g} CPUs and {workload.node_memory_gib:g} GiB."
    )


def dollars(amount: float) -> str:
    """Returns an amount as a reader sees it: whole dollars, from a hundred on."""
    return f"{amount:,.0f}" if amount >= 100 else f"{amount:,.2f}"


def _rows(costs: Sequence[Cost], name: Callable[[str], str]) -> list[list[str]]:
    """Returns a row for each charge that there is; that of zones is the comparison's, and stays."""
    return [
        [name(what), *(dollars(getattr(each, part)) for each in costs)]
        for part, what in CHARGES.items()
        if part == "between_zones" or any(getattr(each, part) for each in costs)
    ]


def _head(what: str, sizes: Sequence[int]) -> list[str]:
    return [what, *(f"{each:,} node{'' if each == 1 else 's'}" for each in sizes)]
