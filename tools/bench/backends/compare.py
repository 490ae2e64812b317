"""Measures the daemon and the collector one after the other, under the same conditions."""

from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

from tools.rehearsal.daemon_program import DaemonProgram

from ..programs import measured_collector, measured_daemon
from .cores import divide_cores, on_cores
from .launch import Intake, launch_collector, launch_daemon
from .measure import Plan, Subject, measure
from .results import write_backends
from .sink import start_sink

DAEMON: Final = "X-Ray daemon"
COLLECTOR: Final = "collector, segments"
COLLECTORS: Final = {Intake.SEGMENTS: COLLECTOR, Intake.SPANS: "collector, spans"}
"""What the programs are called, the collector by what it is sent."""


def compare_backends(daemon: Path | None, collector: Path | None) -> str:
    """Measures, and keeps the results; returns the table.

    Args:
        daemon: AWS's X-Ray daemon; none looks for it on PATH.
        collector: An OpenTelemetry Collector.

    Raises:
        ToolError: One of them is not what it must be, or can't be measured here.
    """
    found = subjects(daemon, collector)
    cores, plan, prefixes = divide_cores(), Plan(), count(1)
    with on_cores(cores.of_others), start_sink() as sink:
        measured = [measure(each, sink, cores.of_program, prefixes, plan) for each in found]
    return write_backends(measured, cores.total, plan)


def subjects(daemon: Path | None, collector: Path | None) -> list[Subject]:
    """Returns what is measured: the daemon, and the collector by both of its ways in.

    Raises:
        ToolError: A program is not what it must be.
    """
    return [
        daemon_subject(measured_daemon(daemon)),
        *collector_subjects(measured_collector(collector)),
    ]


def daemon_subject(program: DaemonProgram) -> Subject:
    """Returns the daemon, to be measured."""
    return Subject(
        DAEMON,
        program.description.split(",")[0],
        Path(program.command[0]),
        Intake.SEGMENTS,
        partial(launch_daemon, program),
    )


def collector_subjects(program: DaemonProgram) -> list[Subject]:
    """Returns the collector, to be measured by each of its ways in."""
    return [
        Subject(
            COLLECTORS[intake],
            program.description.split(",")[0],
            Path(program.command[0]),
            intake,
            partial(launch_collector, program, intake),
        )
        for intake in COLLECTORS
    ]
