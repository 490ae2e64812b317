"""Ctrl-C at any moment ends a rehearsal in order: no process is left, and no traceback printed."""

import signal
from pathlib import Path

import pytest

from tests.e2e.rehearsal.rehearsals import copy_of_project, left_behind, start

EVENTS = {
    "loading": "Rehearsing stack dev",
    "starting pods": "What role",
    "sending": "Starting the daemon and the sample services",
}
"""The line after which Ctrl-C comes, by what goes on then."""


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, event: str) -> None:
    folder = copy_of_project(tmp_path)
    process = start(folder, ["--requests", "2000"])
    assert process.stdout is not None
    seen = next((line for line in process.stdout if event in line), None)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert seen
    assert (errors, process.returncode) == ("Interrupted; nothing is left running.\n", 130)
    assert left_behind(folder) == []
