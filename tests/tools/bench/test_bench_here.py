"""What is measured on this machine: agents' programs, the program, and the page."""

import json
import re
from pathlib import Path

import pytest

from tests.support.open_telemetry_collector import COLLECTOR, needs_collector
from tests.support.program import run
from tools.__main__ import main
from tools.bench import agents, program, results
from tools.bench.agents import MIB, Figures, Step, highest_step, write_agents
from tools.bench.results import Row, write_ratios
from tools.bench.xray_api import start_xray_api
from tools.lab.errors import ToolError
from tools.lab.project import Project


def step(rate: int, lost: int = 0, cpu_seconds: float = 0.4, *, limited: bool = False) -> Step:
    return Step(rate, lost, limited, cpu_seconds, resident=60 * MIB, anonymous=20 * MIB)


@pytest.mark.parametrize("most", [700, 3_100, 9_999])
def test_the_search_comes_near_the_highest_rate(most: int) -> None:
    found, limited = highest_step(lambda rate: step(rate, lost=max(rate - most, 0)), step(500))
    assert most * 0.9 <= found.rate <= most
    assert not limited


def test_a_busy_sender_limits_a_rate() -> None:
    found, limited = highest_step(lambda rate: step(rate, limited=rate > 2_000), step(500))
    assert (found.rate, limited) == (2_000, True)


def test_a_rate_beyond_the_core_is_not_taken_from_the_queue() -> None:
    assert step(1_000, cpu_seconds=8.0).taken
    assert not step(1_000, cpu_seconds=8.1).taken


@pytest.fixture(autouse=True)
def _results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path)


def test_agents_are_beside_the_first_one() -> None:
    daemon = Figures("daemon", "1.0", step(500), step(8_000), limited=False)
    collector = Figures("collector", "2.0", step(500, cpu_seconds=0.8), step(4_000), limited=True)
    table = write_agents([daemon, collector])
    assert "| segments/s on one core, none lost | 8,000 | 4,000 | 0.50 × |" in table
    assert "| ms of CPU per 1,000 segments, at 500/s | 100 | 200 | 2.00 × |" in table
    assert "1.0, 2.0; one core" in table
    assert "allow no higher rate of the collector" in table


@needs_collector
def test_a_real_collector_takes_all_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "STEP_SECONDS", 2)
    monkeypatch.setattr(agents, "TAIL_SECONDS", 30)
    with start_xray_api("127.0.0.1") as api:
        measured = agents.measure_step([str(COLLECTOR)], "collector", 0, api, 500)
    assert measured.lost == 0
    assert measured.resident > measured.anonymous > 10 * MIB
    assert 0 < measured.cpu_seconds < 10


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
    assert main(["bench", "agents"]) == 1
    assert "neither --daemon nor --collector is set" in capsys.readouterr().err
