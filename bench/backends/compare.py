"""Measures the daemon and the collector one after the other, under the same conditions."""

from functools import partial
from itertools import count
from pathlib import Path

from ..programs import measured_collector, measured_daemon
from .cores import divide_cores, on_cores
from .launch import Intake, launch_collector, launch_daemon
from .measure import Plan, Subject, measure
from .results import write_backends
from .sink import start_sink


def compare_backends(daemon: Path | None, collector: Path | None) -> str:
    """Measures, and keeps the results; returns the table.

    Args:
        daemon: AWS's X-Ray daemon; none looks for it on PATH.
        collector: An OpenTelemetry Collector.

    Raises:
        RehearsalError: One of them is not what it must be, or can't be measured here.
    """
    found = subjects(daemon, collector)
    cores, plan, prefixes = divide_cores(), Plan(), count(1)
    with on_cores(cores.of_others), start_sink() as sink:
        measured = [measure(each, sink, cores.of_program, prefixes, plan) for each in found]
    return write_backends(measured, cores.total, plan)


def subjects(daemon: Path | None, collector: Path | None) -> list[Subject]:
    """Returns what is measured: the daemon, and the collector by both of its ways in.

    Raises:
        RehearsalError: A program is not what it must be.
    """
    daemon_program, collector_program = measured_daemon(daemon), measured_collector(collector)
    return [
        Subject(
            "X-Ray daemon",
            daemon_program.description.split(",")[0],
            Path(daemon_program.command[0]),
            Intake.SEGMENTS,
            partial(launch_daemon, daemon_program),
        ),
        *(
            Subject(
                f"collector, {intake.value}",
                collector_program.description.split(",")[0],
                Path(collector_program.command[0]),
                intake,
                partial(launch_collector, collector_program, intake),
            )
            for intake in Intake
        ),
    ]
