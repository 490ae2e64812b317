"""The programs that are measured: real ones alone."""

from pathlib import Path

from rehearsal.collector_program import WANTED, find_collector
from rehearsal.daemon_program import DaemonProgram, find_daemon
from rehearsal.errors import RehearsalError


def measured_daemon(given: Path | None) -> DaemonProgram:
    """Returns AWS's daemon from a path, or from PATH.

    Raises:
        RehearsalError: There is none.
    """
    program = find_daemon(given)
    if program.stand_in:
        raise RehearsalError("--daemon is not set; it must be AWS's X-Ray daemon: it is measured.")
    return program


def measured_collector(given: Path | None) -> DaemonProgram:
    """Returns the collector at a path.

    Raises:
        RehearsalError: None is given, or it is no collector that speaks with X-Ray.
    """
    if given is None:
        raise RehearsalError(f"--collector is not set; it must be {WANTED}: it is measured.")
    return find_collector(given)
