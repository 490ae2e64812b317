"""Ctrl-C at any moment leaves no process and no port behind."""

import signal
import time
from pathlib import Path

import pytest

from tests.e2e.rehearsal.rehearsals import copy_of_project, left_behind, start

MOMENTS = (0.0, 0.5, 2.0, 3.5, 4.5, 5.5, 6.5)
"""Seconds after the start: while loading, deploying, starting pods, sending and reading."""


@pytest.mark.parametrize("moment", MOMENTS)
def test_nothing_is_left_behind(tmp_path: Path, moment: float) -> None:
    folder = copy_of_project(tmp_path)
    process = start(folder, ["--requests", "2000"])
    assert process.stdout is not None
    time.sleep(0.3 + moment)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert left_behind(folder) == []
    assert process.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in errors
