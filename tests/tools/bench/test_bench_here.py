"""What is measured on this machine: the program, and the page."""

from pathlib import Path

import pytest

from tests.support.program import run
from tools.__main__ import main
from tools.bench import program, results
from tools.bench.results import Row, write_ratios
from tools.lab.errors import ToolError


@pytest.fixture(autouse=True)
def _results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)


def test_the_program_is_measured_beside_one_without_resources(tmp_path: Path) -> None:
    ours, empty = (run(each).resources for each in program.write_projects(tmp_path))
    assert len(ours) > 20
    assert len(empty) == 0


def test_a_short_measure_fails_above_its_limit(tmp_path: Path) -> None:
    rows = [Row("time", "1 s", 2.1, 2.0), Row("size", "1 MB", 1.0, 2.0)]
    with pytest.raises(ToolError, match=r"above its limit in `bench page`: time is 2\.10 ×\.$"):
        write_ratios("page", rows, "", short=True)
    assert list(tmp_path.iterdir()) == []
    table = write_ratios("page", rows, "", short=False)
    assert "| time | 1 s | 2.10 × | ≤ 2 × |" in table


def test_an_option_of_another_measure_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["bench", "page", "--daemon", "xray"])
    assert "unrecognized arguments: --daemon xray" in capsys.readouterr().err
