"""The command line of `python -m bench`: one command for each thing that is measured."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from .cost.options import add_cost_options
from .performance.measures import MEASURES

ON_CLUSTER: Final = {
    "loss": "what rollouts lose",
    "faults": "what the daemon loses when something fails",
    "rollout": "how long rollouts take on simulated nodes",
    "switch": "what a change of the backend loses, from daemon to collector and back",
}
"""What is measured on a cluster."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Returns the options; `what` is the name of what is measured.

    Args:
        arguments: The words after the program's name; none takes those of this process.
    """
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures.")
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, what in ON_CLUSTER.items():
        command = commands.add_parser(name, help=f"{what}, on a cluster")
        _add_cluster(command)
        if name == "switch":
            _add_collector(command)
    performance = commands.add_parser("performance", help="all that needs no cloud, here")
    _add_performance(performance)
    cost = commands.add_parser("cost", help="what tracing costs in a month; measures nothing")
    add_cost_options(cost)
    backends = commands.add_parser("backends", help="daemon and collector side by side, here")
    _add_daemon(backends)
    _add_collector(backends)
    return parser.parse_args(arguments)


def _add_cluster(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--kubeconfig", type=Path, required=True, metavar="FILE", help="the cluster")
    add("--load", metavar="COMMAND", help="brings an image archive to the cluster's nodes")
    _add_daemon(parser)
    add("--seconds", type=int, default=120, metavar="N", help="of load (default: 120)")


def _add_performance(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("names", nargs="*", type=_name, metavar="NAME", help=f"only: {', '.join(MEASURES)}")
    add("--short", action="store_true", help="smaller, and fail where a goal doesn't hold")
    _add_daemon(parser)
    _add_collector(parser)


def _add_collector(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--collector",
        type=Path,
        metavar="PATH",
        help="an OpenTelemetry Collector with the awsxray receiver and exporter",
    )


def _add_daemon(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--daemon", type=Path, metavar="PATH", help="AWS's X-Ray daemon (default: xray on PATH)"
    )


def _name(text: str) -> str:
    if text in MEASURES:
        return text
    raise argparse.ArgumentTypeError(f"NAME is {text!r}; it must be one of {', '.join(MEASURES)}")
