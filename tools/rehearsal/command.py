"""Rehearses a stack on this machine.

Runs the Pulumi program on stand-ins for AWS and the cluster, sends requests through the sample
services and shows their service map.
"""

import argparse
import json
from functools import partial
from pathlib import Path

from tools.lab.errors import ToolError
from tools.lab.project import PROJECT, read_project


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of a rehearsal."""
    add = parser.add_argument
    add("--stack", default="dev", metavar="NAME", help="stack to rehearse (default: dev)")
    add("--requests", type=int, default=100, metavar="N", help="requests to send (default: 100)")
    add("--open", action="store_true", help="open the page in the browser")
    either = parser.add_mutually_exclusive_group().add_argument
    either("--json", action="store_true", help="print the result as JSON")
    either("--keep", action="store_true", help="stay up until Ctrl-C and print the addresses")
    add = parser.add_argument_group("on this machine").add_argument
    path = partial(add, type=Path, metavar="PATH")
    path("--daemon", help="the AWS X-Ray daemon (default: xray on PATH, or a stand-in)")
    path("--collector", help="an OpenTelemetry Collector, for a stack with one (default: on PATH)")
    add("--port", type=int, default=0, metavar="N", help="port of Service-A (default: any)")
    add = parser.add_argument_group("on a cluster").add_argument
    path = partial(add, type=Path, metavar="FILE")
    path("--kubeconfig", help="the cluster; what the demo creates there, it deletes at the end")
    add("--image", metavar="NAME", help="image of the sample services (default: built)")
    add("--daemon-image", metavar="NAME", help="image of the agent (default: the stack's)")
    other = "image of the collector, for a stack with both (default: the stack's)"
    add("--collector-image", metavar="NAME", help=other)
    add("--load", metavar="COMMAND", help="loads a built image, such as 'kind load image-archive'")
    add("--reached-at", metavar="ADDRESS", help="this machine's address, for pods (default: found)")


def run(options: argparse.Namespace) -> int:
    """Rehearses a stack; returns 0, as every trace arrived once."""
    _check(options)
    read_project(PROJECT, options.stack)
    # All else is loaded only now, so that Ctrl-C ends these seconds in order too.
    from rich.console import Console

    progress = Console(stderr=True, soft_wrap=True, markup=False, highlight=False)
    where = f"on the cluster of {options.kubeconfig}" if options.kubeconfig else "on this machine"
    progress.print(f"Rehearsing stack {options.stack} {where}.")
    with progress.status("Loading Pulumi …"):
        from .report import Report
        from .run import Rehearsal

    report = Report(Console(highlight=False, quiet=options.json), progress)
    try:
        Rehearsal(options, report).run()
    finally:
        if options.json:
            print(json.dumps({"stack": options.stack, **report.result}, indent=2))
    return 0


def _check(options: argparse.Namespace) -> None:
    for flag, value, least, most in (
        ("--requests", options.requests, 1, 1_000_000),
        ("--port", options.port, 0, 65535),
    ):
        if not least <= value <= most:
            raise ToolError(f"{flag} is {value}; it must be a number from {least} to {most}.")
    there = ("image", "daemon_image", "collector_image", "load", "reached_at")
    here = ("daemon", "collector", "port")
    for name in here if options.kubeconfig is not None else there:
        if value := getattr(options, name):
            where = "without" if name in there else "with"
            flag = f"--{name.replace('_', '-')}"
            raise ToolError(f"{flag} is '{value}'; it must not be set {where} --kubeconfig.")
