"""The options of `python -m bench cost`, and what they ask for."""

import argparse
import math
from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from typing import Final

from components.agent.agents import Backend, CollectorExporter
from components.agent.service import Routing
from components.xray.transaction_search import DEFAULT_INDEXING_PERCENT
from tools.lab.errors import ToolError

from .prices import Prices
from .setup import Setup, WayOut, ours
from .tables import SIZES, conditions, table_by_nodes, table_by_sampling, table_by_settings
from .workload import Sampling, Workload

NO_COLLECTOR: Final = "it is of a collector, and --backend is daemon"


def add_cost_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options to a command's parser; all have defaults."""
    usual, rule = Workload(nodes=1), Sampling()

    def number(option: str, default: float, what: str, kind: Callable[[str], float]) -> None:
        help = f"{what} (default: {default:g})"
        parser.add_argument(option, type=kind, default=default, metavar="N", help=help)

    def choice(option: str, default: Enum, what: str) -> None:
        values = [each.value for each in type(default)]
        help = f"{what}: {', '.join(values)} (default: {default.value})"
        parser.add_argument(
            option, choices=values, default=default.value, metavar="WORD", help=help
        )

    add = parser.add_argument
    add(
        "--nodes",
        type=_count,
        nargs="+",
        default=list(SIZES),
        metavar="N",
        help="of clusters, beside each other",
    )
    number("--requests-per-second", usual.requests_per_second, "for each node", _amount)
    number("--sampling", rule.rate, "share of the requests beyond the reservoir", _share)
    number("--reservoir", rule.reservoir, "requests/s of each service, all recorded", _whole)
    number("--services", rule.services, "that traces start in, with a reservoir each", _count)
    number("--segments-per-trace", usual.segments_per_trace, "segments or spans", _amount)
    number("--segment-bytes", usual.segment_bytes, "of each segment or span", _amount)
    number("--traces-read", usual.traces_read, "retrieved or scanned in a month", _amount)
    number("--zones", usual.zones, "that the nodes are in", _count)
    number("--node-cpus", usual.node_cpus, "of a node", _positive)
    number("--node-memory-gib", usual.node_memory_gib, "of a node", _positive)
    choice("--backend", Backend.DAEMON, "what runs on each node")
    choice("--exporter", CollectorExporter.XRAY, "X-Ray's interface that a collector sends to")
    choice("--routing", Routing.NODE, "whose daemon takes a pod's traces")
    choice("--way-out", WayOut.PUBLIC, "to X-Ray")
    number("--gateway-replicas", 0, "pods of the collector's gateway", _whole)
    add("--transaction-search", action="store_true", help="spans are kept by CloudWatch")
    number("--indexing-percent", DEFAULT_INDEXING_PERCENT, "of the spans kept", _percent)
    names = ", ".join(each.name for each in fields(Prices))
    help = f"another price than us-east-1's, of {names}; can be given again"
    add("--price", type=_price, action="append", default=[], metavar="NAME=DOLLARS", help=help)


def cost_report(options: argparse.Namespace) -> str:
    """Returns the tables that the options ask for; without any, those of `docs/cost.md`.

    Raises:
        ToolError: Two options contradict each other.
    """
    workload, setup = _workload(options), _setup(options)
    prices, sizes = Prices(**dict(options.price)), options.nodes
    return "\n".join(
        [
            table_by_nodes(workload, setup, prices, sizes),
            table_by_sampling(workload, setup, prices, sizes),
            table_by_settings(workload, prices, sizes),
            conditions(workload),
        ]
    )


def _workload(options: argparse.Namespace) -> Workload:
    return Workload(
        nodes=options.nodes[0],
        requests_per_second=options.requests_per_second,
        sampling=Sampling(options.sampling, options.reservoir, options.services),
        segments_per_trace=options.segments_per_trace,
        segment_bytes=options.segment_bytes,
        traces_read=options.traces_read,
        zones=options.zones,
        node_cpus=options.node_cpus,
        node_memory_gib=options.node_memory_gib,
    )


def _setup(options: argparse.Namespace) -> Setup:
    backend, exporter = Backend(options.backend), CollectorExporter(options.exporter)
    if backend != Backend.COLLECTOR and exporter != CollectorExporter.XRAY:
        raise ToolError(f"--exporter is {exporter.value}; it must be xray: {NO_COLLECTOR}.")
    if backend != Backend.COLLECTOR and options.gateway_replicas:
        raise ToolError(
            f"--gateway-replicas is {options.gateway_replicas}; it must be 0: {NO_COLLECTOR}."
        )
    if exporter == CollectorExporter.OTLP and not options.transaction_search:
        raise ToolError(
            "--exporter is otlp; it must have --transaction-search beside it: X-Ray's OTLP "
            "endpoint takes spans for it alone."
        )
    return ours(
        backend,
        routing=Routing(options.routing),
        way_out=WayOut(options.way_out),
        gateway_replicas=options.gateway_replicas,
        transaction_search=options.transaction_search,
        indexing_percent=options.indexing_percent,
    )


def _number(text: str, wanted: str, fits: Callable[[float], bool]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not math.isfinite(value) or not fits(value):
        raise argparse.ArgumentTypeError(f"it is {text!r}; it must be {wanted}")
    return value


def _count(text: str) -> int:
    wanted = "a whole number of 1 or more"
    return int(_number(text, wanted, lambda value: value >= 1 and value.is_integer()))


def _whole(text: str) -> int:
    wanted = "a whole number of 0 or more"
    return int(_number(text, wanted, lambda value: value >= 0 and value.is_integer()))


def _amount(text: str) -> float:
    return _number(text, "a number of 0 or more", lambda value: value >= 0)


def _positive(text: str) -> float:
    return _number(text, "a number above 0", lambda value: value > 0)


def _share(text: str) -> float:
    return _number(text, "a share from 0 to 1", lambda value: 0 <= value <= 1)


def _percent(text: str) -> float:
    return _number(text, "a number from 0 to 100", lambda value: 0 <= value <= 100)


def _price(text: str) -> tuple[str, float]:
    name, _, amount = text.partition("=")
    known = [each.name for each in fields(Prices)]
    if name not in known:
        raise argparse.ArgumentTypeError(f"NAME is {name!r}; it must be one of {', '.join(known)}")
    return name, _amount(amount)
