"""The program that runs as the collector: a real one where it is given, else a stand-in."""

import re
import sys
from pathlib import Path
from typing import Final

from .daemon_program import DaemonProgram, find_daemon, said_of_version
from .errors import RehearsalError
from .project import Project

VERSION: Final = re.compile(r"(otelcol\S*|ADOT Collector) version:? (\S+)")
"""What a collector says when it is asked for its version, of OpenTelemetry's and of AWS's build."""

COLLECTOR_STAND_IN: Final = DaemonProgram(
    (sys.executable, "-m", "rehearsal.stand_in.collector"),
    "a stand-in for OpenTelemetry's; give a real one with --collector PATH",
    "collector",
    stand_in=True,
)


def find_program(project: Project, daemon: Path | None, collector: Path | None) -> DaemonProgram:
    """Returns what takes traces on the nodes of a stack.

    Args:
        project: The project and the stack's configuration.
        daemon: The daemon's path, if it is given; see `find_daemon`.
        collector: The collector's path, if it is given; see `find_collector`.

    Raises:
        RehearsalError: The path of the one that the stack wants leads to something else.
    """
    if project.configuration.get(f"{project.name}:backend") == "collector":
        return find_collector(collector)
    return find_daemon(daemon)


def find_collector(given: Path | None) -> DaemonProgram:
    """Returns the collector at a path; without one, the stand-in.

    Whether it has all that the program's configuration names shows when it is started with it.

    Raises:
        RehearsalError: The path is not a collector, or does not run.
    """
    if given is None:
        return COLLECTOR_STAND_IN
    said, reason = said_of_version(str(given.absolute()))
    version = VERSION.search(said)
    if version is None:
        raise RehearsalError(
            f"--collector is '{given}'; it must be an OpenTelemetry Collector for this machine: "
            f"{reason or f'asked for its version, it said {said[:80]!r}'}."
        )
    return DaemonProgram((str(given.absolute()),), f"{version[0]}, {given}", "collector")
