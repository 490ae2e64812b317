"""Rehearses a stack on this machine.

Runs the Pulumi program on stand-ins for AWS and the cluster, sends requests through the sample
services and shows their service map.
"""

import argparse
from pathlib import Path

from tools.lab.errors import ToolError
from tools.lab.project import PROJECT, read_project


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a rehearsal."""
    add = parser.add_argument
    add("--stack", default="dev", help="stack to rehearse (default: dev)")
    add("--requests", type=int, default=100, metavar="N", help="requests to send (default: 100)")
    add(
        "--daemon",
        type=Path,
        metavar="PATH",
        help="the AWS X-Ray daemon (default: xray on PATH, else a stand-in)",
    )
    add(
        "--collector",
        type=Path,
        metavar="PATH",
        help="an OpenTelemetry Collector, for a stack with one (default: the one on PATH)",
    )
    add(
        "--kubeconfig",
        type=Path,
        metavar="FILE",
        help="run the pods on this cluster; everything there is deleted in the end",
    )
    add("--image", metavar="NAME", help="image of the sample services there (default: built)")
    add(
        "--daemon-image",
        metavar="NAME",
        help="image of the agent there (default: the stack's own, which Docker builds where the "
        "stack does)",
    )
    add(
        "--load",
        metavar="COMMAND",
        help="brings the archive of a built image to the nodes, such as 'kind load image-archive'",
    )
    add(
        "--reached-at",
        metavar="ADDRESS",
        help="address of this machine that pods reach (default: the one that leads to the nodes)",
    )
    add("--keep", action="store_true", help="stay up until Ctrl-C and print the addresses")
    add("--port", type=int, default=0, metavar="N", help="port of Service-A here (default: any)")


def run(options: argparse.Namespace) -> int:
    """Rehearses a stack; returns 0, as every trace arrived once."""
    _check(options)
    read_project(PROJECT, options.stack)
    # All else is loaded only now, so that Ctrl-C ends these seconds in order too.
    from rich.console import Console

    console = Console(highlight=False)
    where = f"on the cluster of {options.kubeconfig}" if options.kubeconfig else "on this machine"
    console.print(f"Rehearsing stack {options.stack} {where}.", markup=False, soft_wrap=True)
    with console.status("Loading Pulumi …"):
        from .report import Report
        from .run import Rehearsal

    Rehearsal(options, Report(console)).run()
    return 0


def _check(options: argparse.Namespace) -> None:
    for flag, value, least, most in (
        ("--requests", options.requests, 1, 1_000_000),
        ("--port", options.port, 0, 65535),
    ):
        if not least <= value <= most:
            raise ToolError(f"{flag} is {value}; it must be a number from {least} to {most}.")
    there = ("image", "daemon_image", "load", "reached_at")
    here = ("daemon", "collector", "port")
    for name in here if options.kubeconfig is not None else there:
        if value := getattr(options, name):
            where = "without" if name in there else "with"
            flag = f"--{name.replace('_', '-')}"
            raise ToolError(f"{flag} is '{value}'; it must not be set {where} --kubeconfig.")
