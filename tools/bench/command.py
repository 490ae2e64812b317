"""Measures what a rollout loses and what the program takes, each beside its like.

`loss` and `switch` need a cluster with one node. Results are kept in tools/bench/results/.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tools.lab.cluster import ApiServer
from tools.lab.errors import ToolError
from tools.rehearsal.on_cluster.stage import address_towards

from .contenders import aws_samples, ours, ours_without_sentinel
from .loss import measure_loss, measure_switch
from .page import measure_page
from .program import measure_program
from .stage import Stage
from .xray_api import XRayApi, start_xray_api

ON_CLUSTER: Final = {
    "loss": "what a rollout loses",
    "switch": "what a change from daemon to collector and back loses",
}
HERE: Final = {
    "program": "evaluation, beside the same resources declared plainly",
    "page": "the page of 10,000 traces, beside that of 1,000",
}
"""What is measured, by the name of its command."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds a command for each measure."""

    def typed(what: str) -> str | None:
        return usage and usage.replace("OPTION", f"{what} OPTION")

    usage = parser.usage
    parser.usage = typed("WHAT")
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT", prog=parser.prog)
    for name, what in ON_CLUSTER.items():
        what = f"{what}, on a cluster"
        add = commands.add_parser(name, help=what, usage=typed(name)).add_argument
        add("--kubeconfig", type=Path, required=True, metavar="FILE", help="the cluster")
        add("--daemon-image", required=True, metavar="IMAGE", help="AWS's X-Ray daemon")
        if name == "switch":
            add("--collector-image", required=True, metavar="IMAGE", help="a collector")
        add("--python-image", required=True, metavar="IMAGE", help="Python, for the senders")
        add("--seconds", type=int, default=120, metavar="N", help="of load (default: 120)")
    for name, what in HERE.items():
        add = commands.add_parser(name, help=what, usage=typed(name)).add_argument
        add("--short", action="store_true", help="less, keep no results, fail above a limit")


def run(options: argparse.Namespace) -> int:
    """Measures, and prints the table.

    Raises:
        ToolError: Something can't be measured, or is above its limit.
    """
    print(f"Measuring {options.what} …", file=sys.stderr)
    try:
        print(_measure(options))
    except (ApiException, HTTPError) as error:
        raise ToolError(f"the cluster: {' '.join(str(error).split())}") from None
    return 0


def _measure(options: argparse.Namespace) -> str:
    if options.what == "program":
        return measure_program(short=options.short)
    if options.what == "page":
        return measure_page(short=options.short)
    api_server = ApiServer(options.kubeconfig)
    try:
        with start_xray_api(address_towards(api_server)) as api:
            return _measure_on_cluster(options, Stage(api_server, options.python_image), api)
    finally:
        api_server.delete_all()


def _measure_on_cluster(options: argparse.Namespace, stage: Stage, api: XRayApi) -> str:
    image = options.daemon_image
    daemon = ours(api.endpoint, image)
    if options.what == "switch":
        collector = ours(api.endpoint, options.collector_image, "collector")
        images = f"{image}; {options.collector_image}"
        return measure_switch(stage, api, daemon, collector, options.seconds, images)
    others = [make(api.endpoint, image) for make in (ours_without_sentinel, aws_samples)]
    contenders = [daemon, *others, ours(api.endpoint, image, "article")]
    return measure_loss(stage, api, contenders, options.seconds, image)
