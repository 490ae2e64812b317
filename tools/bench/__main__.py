"""The command line: `python -m bench loss|faults|rollout|switch|backends|performance|cost`."""

import argparse
import platform
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from kubernetes.client.exceptions import ApiException
from rich.console import Console
from rich.status import Status
from rich.text import Text
from urllib3.exceptions import HTTPError

from tools.lab.api_server import ApiServer
from tools.lab.errors import ToolError
from tools.lab.interruption import Interruption
from tools.lab.project import PROJECT
from tools.rehearsal.on_cluster.images import Images
from tools.rehearsal.on_cluster.stage import address_towards, architecture_of_this_machine

from .backends.compare import compare_backends
from .command_line import parse
from .contenders import (
    aws_samples,
    ours,
    ours_with_collector,
    ours_with_host_port,
    ours_without_gate,
)
from .cost.options import cost_report
from .faults import measure_faults
from .loss import measure_loss
from .performance.row import Conditions
from .performance.run import GoalMissedError, measure_performance
from .programs import measured_collector, measured_daemon
from .results import write_faults, write_loss, write_switch
from .stage import Stage
from .switch import measure_switch
from .xray_api import XRayApi, start_xray_api

SIZES: Final = (10, 100, 1000)

CONTENDERS: Final = (ours, ours_without_gate, aws_samples, ours_with_host_port)
"""What is measured, one after the other: one's rollout makes kube-proxy look after the flows of
the others too, which hides what they would lose alone."""


@dataclass(frozen=True)
class Bench:
    """A cluster that is measured on, and the images that its nodes have."""

    api_server: ApiServer
    api: XRayApi
    images: Images
    daemon_image: str
    python_image: str
    daemon: str
    """What the daemon calls itself."""

    def stage(self) -> Stage:
        """Returns a stage with nothing on it."""
        return Stage(self.api_server, self.python_image)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures; prints a table and keeps it in `bench/results`.

    Returns:
        The exit status: 0, 1 where something can't be measured or misses a goal that must hold,
        130 after Ctrl-C.
    """
    options = parse(arguments)
    console, errors = Console(highlight=False), Console(stderr=True, highlight=False)
    Interruption().install()
    try:
        with console.status(f"Measuring {options.what} …") as status:
            table = MEASURES[options.what](options, status)
    except GoalMissedError as missed:
        console.print(Text(missed.table), soft_wrap=True)
        errors.print(Text(f"error: {missed}", style="red"), soft_wrap=True)
        return 1
    except ToolError as error:
        errors.print(Text(f"error: {error}", style="red"), soft_wrap=True)
        return 1
    except (ApiException, HTTPError) as error:
        words = " ".join(str(error).split())
        errors.print(Text(f"error: the cluster: {words}", style="red"), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        errors.print("Interrupted; what was started here or put on the cluster is gone.")
        return 130
    console.print(Text(table), soft_wrap=True)
    return 0


@contextmanager
def _bench(options: argparse.Namespace) -> Generator[Bench]:
    program = measured_daemon(options.daemon)
    api_server = ApiServer(options.kubeconfig)
    images = Images(
        options.load, architecture_of_this_machine(platform.machine()), PROJECT / "build/bench"
    )
    daemon_image = images.program(program)
    python_image = images.sample_services()
    version = program.description.split(",")[0]
    with start_xray_api(address_towards(api_server)) as api:
        try:
            yield Bench(api_server, api, images, daemon_image, python_image, version)
        finally:
            api_server.delete_all()


def _loss(options: argparse.Namespace, _status: Status) -> str:
    with _bench(options) as bench:
        losses = []
        for number, make in enumerate(CONTENDERS):
            stage = bench.stage()
            contender = make(bench.api.endpoint, bench.daemon_image)
            losses += measure_loss(stage, bench.api, contender, options.seconds, number)
            stage.clear()
        return write_loss(losses, options.seconds, bench.daemon)


def _faults(options: argparse.Namespace, _status: Status) -> str:
    with _bench(options) as bench:
        contender = ours(bench.api.endpoint, bench.daemon_image)
        outcomes = measure_faults(bench.stage(), bench.api, contender)
        return write_faults(outcomes, bench.daemon)


def _rollout(options: argparse.Namespace, _status: Status) -> str:
    # Loaded only here: it brings matplotlib.
    from .rollout import measure_rollouts
    from .rollout_results import table, write_results

    rollouts = measure_rollouts(ApiServer(options.kubeconfig), options.kubeconfig, SIZES)
    write_results(rollouts)
    return table(rollouts)


def _switch(options: argparse.Namespace, _status: Status) -> str:
    program = measured_collector(options.collector)
    with _bench(options) as bench:
        daemon = ours(bench.api.endpoint, bench.daemon_image)
        collector = ours_with_collector(bench.api.endpoint, bench.images.program(program))
        switched = measure_switch(bench.stage(), bench.api, daemon, collector, options.seconds)
        programs = f"{bench.daemon}; {program.description.split(',')[0]}"
        return write_switch(switched, options.seconds, programs)


def _backends(options: argparse.Namespace, _status: Status) -> str:
    return compare_backends(options.daemon, options.collector)


def _cost(options: argparse.Namespace, _status: Status) -> str:
    return cost_report(options)


def _performance(options: argparse.Namespace, status: Status) -> str:
    return measure_performance(
        Conditions(options.short, options.daemon, options.collector),
        options.names,
        lambda name: status.update(f"Measuring {name} …"),
    )


MEASURES: Final = {
    "loss": _loss,
    "faults": _faults,
    "rollout": _rollout,
    "switch": _switch,
    "backends": _backends,
    "performance": _performance,
    "cost": _cost,
}


if __name__ == "__main__":
    sys.exit(main())
