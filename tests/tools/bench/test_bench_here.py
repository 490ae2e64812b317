"""What is measured on this machine: the program, and the page."""

import json
import re
from pathlib import Path

import pytest

from tests.support.program import run
from tools.__main__ import main
from tools.bench import program, results
from tools.bench.results import Row, write_ratios
from tools.lab.errors import ToolError
from tools.lab.project import Project


@pytest.fixture(autouse=True)
def _results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)


def test_the_plain_program_declares_the_same_resources(tmp_path: Path) -> None:
    ours, plain, empty = (declared(each) for each in program.write_projects(tmp_path))
    assert plain <= ours
    assert {each.partition(":")[0] for each in ours - plain} == {'["pulumi', '["xray-on-kubernetes'}
    assert empty == set()


def declared(project: Project) -> set[str]:
    resources = run(project).resources.values()
    lines = [json.dumps([each.type, each.name, each.inputs], sort_keys=True) for each in resources]
    # A reference to another resource has the name of its program and what that is in.
    return {re.sub(r"urn:pulumi:dev::[^:]*::[^\"]*", "a URN", line) for line in lines}


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
