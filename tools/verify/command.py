"""Sends a marked trace from every node of a cluster and looks for each in the X-Ray API.

For one that does not arrive, it says the likeliest cause.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.lab.errors import ToolError
from tools.traces.command import explain, up_to
from tools.traces.reader import create_client
from tools.traces.transaction_search import transaction_search

if TYPE_CHECKING:
    from .check import Verdict

PYTHON_IMAGE: Final = "public.ecr.aws/docker/library/python:3.13-slim"
"""Docker's official image, as AWS mirrors it; where the sample services run, theirs is used."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command."""
    add = parser.add_argument
    add("--region", help="AWS region (default: AWS_REGION or the AWS profile's)")
    add("--kubeconfig", type=Path, metavar="FILE", help="the cluster (default: kubectl's)")
    add(
        "--namespace",
        default="xray",
        metavar="NAME",
        help="namespace of the daemon (default: xray)",
    )
    add("--from-namespace", metavar="NAME", help="namespace of the probes (default: the daemon's)")
    add("--image", help="image of the probes, with Python (default: the sample services', or one)")
    longest = "how long a trace may take (default: 60)"
    add("--timeout", type=up_to(3600), default=60, metavar="SECONDS", help=longest)
    add("--endpoint-url", metavar="URL", help="another address of the X-Ray API")
    add("--json", action="store_true", help="print the result as JSON")


def run(options: argparse.Namespace) -> int:
    """Checks that every node's traces arrive; returns 0 where all do, 1 where one does not."""
    try:
        verdicts = _verify(options, Console(stderr=True, highlight=False))
    except (BotoCoreError, ClientError) as failure:
        raise ToolError(explain(failure)) from None
    if options.json:
        print(json.dumps({"nodes": [asdict(each) for each in verdicts]}, indent=2))
    else:
        _show(verdicts, Console(highlight=False))
    return 0 if verdicts and not any(each.cause for each in verdicts) else 1


def _verify(options: argparse.Namespace, console: Console) -> "list[Verdict]":
    xray = create_client(options.region, options.endpoint_url)
    # The client of Kubernetes takes a second: a region that is missing is said before.
    from tools.lab.cluster import ApiServer

    from .check import Check
    from .evidence import sample_image

    api_server, namespace = ApiServer(options.kubeconfig), options.namespace
    image = options.image or sample_image(api_server, namespace) or PYTHON_IMAGE
    span_log, note = transaction_search(xray)
    if note:
        console.print(Text(note))
    check = Check(api_server, xray, namespace, options.from_namespace or namespace, span_log)
    with console.status("Sending a trace from every node …") as status:
        return check.verify(
            image,
            options.timeout,
            lambda done, total: status.update(f"{done} of {total} traces have arrived …"),
        )


def _show(verdicts: "Sequence[Verdict]", console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for each in verdicts:
        mark = "[red]✗[/red]" if each.cause else "[green]✓[/green]"
        seconds = "" if each.seconds is None else f"{each.seconds:.0f} s"
        table.add_row(mark, each.probe.node, seconds, Text(each.cause or each.probe.trace_id))
    console.print(table)
    arrived = sum(each.seconds is not None for each in verdicts)
    console.print(f"{arrived} of {len(verdicts)} nodes' traces arrived.")
