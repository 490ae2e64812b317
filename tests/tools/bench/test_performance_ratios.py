from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bench.performance.evaluation import GOALS, PACKAGES, rows
from tools.bench.performance.modes import EMPTY, EXISTING, NEW
from tools.bench.performance.ratios import ratio_row
from tools.bench.performance.timing import evaluated, interleaved
from tools.lab.errors import ToolError
from tools.lab.project import Project

SECONDS = {
    EMPTY: 0.2,
    EXISTING: 0.3,
    NEW: 0.5,
    PACKAGES[EXISTING]: 0.6,
    PACKAGES[NEW]: 0.25,
}


def project(directory: Path, source: str) -> Project:
    (directory / "__main__.py").write_text(source, encoding="utf-8")
    return Project(directory, "shop", "dev", {"aws:region": "eu-west-1"})


@pytest.mark.parametrize(("ratio", "holds"), [(1.19, True), (1.2, True), (1.21, False)])
def test_a_goal_holds_up_to_the_goal_itself(ratio: float, holds: bool) -> None:
    row = ratio_row("ours", "theirs", ratio, 1.2)

    assert (row.figure, row.goal, row.holds) == (f"{ratio:.2f} ×", "≤ 1.2 ×", holds)


def test_a_ratio_without_a_goal_stands_alone() -> None:
    row = ratio_row("ours", "theirs", 2)

    assert (row.figure, row.goal, row.holds) == ("2.00 ×", "", None)


def test_the_program_is_compared_with_an_empty_one_and_with_the_packages_it_loads() -> None:
    found = [
        (row.what.rpartition(", ")[2], row.figure, row.holds)
        for row in rows(SECONDS, judge_empty=True)
    ]

    assert found == [
        (EXISTING, "1.50 ×", True),
        (EXISTING, "0.50 ×", True),
        (NEW, "2.50 ×", False),
        (NEW, "2.00 ×", False),
    ]


def test_in_short_no_goal_beside_an_empty_program_is_judged() -> None:
    judged = [row.holds for row in rows(SECONDS, judge_empty=False) if row.beside == EMPTY]

    assert judged == [None] * len(GOALS)


def test_programs_take_turns_and_the_first_round_does_not_count() -> None:
    turns: list[str] = []

    def run(name: str) -> Callable[[], float]:
        def seconds() -> float:
            turns.append(name)
            return float(len(turns))

        return seconds

    found = interleaved({"a": run("a"), "b": run("b")}, rounds=2)

    assert turns == ["a", "b"] * 3
    assert found == {"a": [3, 5], "b": [4, 6]}


def test_a_program_that_fails_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"failed: ValueError: no such thing$"):
        evaluated([project(tmp_path, "raise ValueError('no such thing')")])


def test_a_program_that_is_timed_pays_for_nothing_of_ours(tmp_path: Path) -> None:
    source = "import sys\nopen('loaded', 'w').write('\\n'.join(sys.modules))\n"

    evaluated([project(tmp_path, source)])

    loaded = {each.split(".")[0] for each in (tmp_path / "loaded").read_text().splitlines()}
    assert "pulumi" in loaded
    ours = {"components", "settings", "boto3", "moto", "pydantic"}
    assert not {each for each in loaded if each in ours or each.startswith("pulumi_")}


def test_each_evaluation_of_a_process_is_timed(tmp_path: Path) -> None:
    quick = project(tmp_path, "")
    (tmp_path / "slow").mkdir()
    slow = project(
        tmp_path / "slow",
        "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n",
    )

    found = evaluated([quick, slow, quick])

    assert found.each[1] > 0.3
    assert max(found.each[0], found.each[2]) < 0.3
    assert found.whole > sum(found.each)
