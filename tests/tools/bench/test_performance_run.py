from pathlib import Path

import pytest

from tools.bench.performance import run
from tools.bench.performance.results import table, write_performance
from tools.bench.performance.row import Conditions, Measured, Row

SHORT = Conditions(short=True)
FULL = Conditions()


def measured(*holds: bool | None) -> Measured:
    return Measured([Row(f"row {each}", "another", "2 ×", "1 ×", each) for each in holds])


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(run, "write_performance", lambda found: write_performance(found, tmp_path))
    return tmp_path


def one_after_another(monkeypatch: pytest.MonkeyPatch, *found: Measured) -> None:
    """Has the only measurement find these, one each time."""
    left = iter(found)
    monkeypatch.setattr(run, "MEASURES", {"only": lambda _conditions: next(left)})


def measure(conditions: Conditions, *names: str) -> str:
    return run.measure_performance(conditions, names, lambda _name: None)


def test_a_goal_missed_twice_in_short_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_after_another(monkeypatch, measured(True, False), measured(True, False))
    with pytest.raises(run.GoalMissedError, match="row False is 2 ×, not 1 ×") as missed:
        measure(SHORT)
    assert "| row True | another | 2 × | 1 × | yes |" in missed.value.table


def test_a_goal_missed_once_in_short_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_another(monkeypatch, measured(False), measured(True))
    assert "yes" in measure(SHORT)


@pytest.mark.usefixtures("results")
def test_in_full_a_missed_goal_is_only_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_another(monkeypatch, measured(False))
    assert "**no**" in measure(FULL)


def test_what_could_not_be_measured_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    one_after_another(monkeypatch, measured(None))
    assert "| row None | another | 2 × | 1 × | - |" in measure(SHORT)


def test_only_all_that_is_measured_in_full_is_kept(
    monkeypatch: pytest.MonkeyPatch, results: Path
) -> None:
    one_after_another(monkeypatch, measured(True), measured(True), measured(True))
    measure(SHORT)
    measure(FULL, "only")
    assert list(results.iterdir()) == []
    measure(FULL)
    assert (results / "performance.md").read_text() == table({"only": measured(True)})
