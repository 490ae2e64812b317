"""The command line of `python -m rehearsal`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """What a rehearsal is asked for."""

    stack: str
    requests: int
    daemon: Path | None
    collector: Path | None
    kubeconfig: Path | None
    image: str | None
    daemon_image: str | None
    load: str | None
    reached_at: str | None
    keep: bool
    port: int


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Returns the options; exits with status 2 where they are not understood."""
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Runs the Pulumi program on this machine, on stand-ins for AWS and the "
        "cluster, sends requests through the sample services and shows their service map.",
    )
    parser.add_argument("--stack", default="dev", help="stack to rehearse (default: dev)")
    parser.add_argument(
        "--requests",
        type=_count,
        default=100,
        metavar="N",
        help="requests to send to Service-A (default: 100)",
    )
    parser.add_argument(
        "--daemon",
        type=Path,
        metavar="PATH",
        help="AWS's X-Ray daemon (default: xray on PATH, else a stand-in)",
    )
    parser.add_argument(
        "--collector",
        type=Path,
        metavar="PATH",
        help="an OpenTelemetry Collector, where the stack's backend is collector (default: a "
        "stand-in)",
    )
    parser.add_argument(
        "--kubeconfig",
        type=Path,
        metavar="FILE",
        help="run the pods on this cluster; everything there is deleted in the end",
    )
    parser.add_argument(
        "--image",
        metavar="NAME",
        help="image of the sample services on the cluster (default: built by Docker)",
    )
    parser.add_argument(
        "--daemon-image",
        metavar="NAME",
        help="image of the daemon or collector on the cluster (default: the stack's own, which "
        "Docker builds where the stack does)",
    )
    parser.add_argument(
        "--load",
        metavar="COMMAND",
        help="brings the archive of an image that is built to the cluster's nodes, such as 'kind "
        "load image-archive'",
    )
    parser.add_argument(
        "--reached-at",
        metavar="ADDRESS",
        help="address of this machine that pods reach (default: the one that leads to the nodes)",
    )
    parser.add_argument(
        "--keep", action="store_true", help="stay up until Ctrl-C and print the addresses"
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="port of Service-A on this machine (default: any that is free)",
    )
    options = Options(**vars(parser.parse_args(arguments)))
    on_cluster = ("--image", "--daemon-image", "--load", "--reached-at")
    here = ("--daemon", "--collector", "--port")
    for flag in here if options.kubeconfig is not None else on_cluster:
        if value := getattr(options, flag.removeprefix("--").replace("-", "_")):
            where = "unless" if flag in on_cluster else "where"
            parser.error(f"{flag} is '{value}'; it must be left out {where} --kubeconfig is given")
    return options


def _count(text: str) -> int:
    return _whole_number(text, 1, 1_000_000)


def _port(text: str) -> int:
    return _whole_number(text, 1, 65535)


def _whole_number(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"'{text}' must be a whole number from {least} to {most}")
    return int(text)
