"""The programs that are measured: real ones alone."""

from pathlib import Path

from tools.lab.errors import ToolError
from tools.rehearsal.collector_program import WANTED, find_collector
from tools.rehearsal.daemon_program import DaemonProgram, find_daemon


def measured_daemon(given: Path | None) -> DaemonProgram:
    """Returns AWS's daemon from a path, or from PATH.

    Raises:
        ToolError: There is none.
    """
    program = find_daemon(given)
    if program.stand_in:
        raise ToolError("--daemon is not set; it must be AWS's X-Ray daemon: it is measured.")
    return program


def measured_collector(given: Path | None) -> DaemonProgram:
    """Returns the collector at a path.

    Raises:
        ToolError: None is given, or it is no collector that speaks with X-Ray.
    """
    if given is None:
        raise ToolError(f"--collector is not set; it must be {WANTED}: it is measured.")
    return find_collector(given)
