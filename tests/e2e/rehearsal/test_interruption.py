"""What a rehearsal prints for machines, and on Ctrl-C: no process is left, and no traceback."""

import signal
from pathlib import Path

import pytest

from tests.e2e.rehearsal.rehearsals import copy_of_project, left_behind, start
from tests.support.program import as_documented

EVENTS = {
    "loading": "Rehearsing stack dev",
    "starting pods": "Traces",
    "sending": "Starting the daemon and the sample services",
}
"""The line after which Ctrl-C comes, by what goes on then."""


@pytest.mark.slow
@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, event: str) -> None:
    folder = copy_of_project(tmp_path)
    process = start(folder, ["--requests", "2000"])
    assert process.stderr is not None
    seen = next((line for line in process.stderr if event in line), None)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert seen
    assert errors.endswith("\nEnding …\nInterrupted; nothing is left running.\n")
    assert process.returncode == 130
    assert left_behind(folder) == []


@pytest.mark.slow
def test_json_is_all_that_is_on_stdout(tmp_path: Path) -> None:
    process = start(copy_of_project(tmp_path), ["--json", "--requests", "5"])
    output, progress = process.communicate(timeout=120)
    result = as_documented(output)
    assert result["sent"] == sum(result["responses"].values()) == len(result["traces"]) == 5
    assert "✓ Sending 5 requests" in progress
