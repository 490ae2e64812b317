import gc
from unittest.mock import patch

import pytest

from tests.tools.traces.documents_for_tests import texts, two_services
from tools.traces.__main__ import main
from tools.traces.assembly import assemble_trace
from tools.traces.garbage import collecting_rarely
from tools.traces.model import Trace


def assemble_many() -> list[Trace]:
    documents = texts(*two_services())
    return [assemble_trace(str(number), documents) for number in range(2000)]


def counted(what: str) -> int:
    """Returns what Python has counted of collections, in whichever generation."""
    return sum(generation[what] for generation in gc.get_stats())


def collections_during_assembly() -> int:
    before = counted("collections")
    traces = assemble_many()
    after = counted("collections")
    assert len(traces) == 2000
    return after - before


def test_traces_are_seldom_looked_through_for_garbage() -> None:
    usual = collections_during_assembly()
    with collecting_rarely():
        rare = collections_during_assembly()
    assert usual > 10
    assert rare < usual / 10


def test_garbage_in_a_cycle_is_still_found_in_time() -> None:
    with collecting_rarely():
        before = counted("collected")
        for _ in range(150_000):
            cycle: list[object] = []
            cycle.append(cycle)
        assert counted("collected") - before > 50_000


def test_afterwards_garbage_is_collected_as_before_even_after_a_failure() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="failed"), collecting_rarely():
        raise ValueError("failed")
    assert gc.get_threshold() == before


def test_the_command_reads_and_shows_traces_without_looking_for_garbage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    collections: list[int] = []

    def read(*_: object) -> list[Trace]:
        collections.append(collections_during_assembly())
        return []

    with patch("tools.traces.__main__.read_traces", read):
        assert main(["--region", "eu-west-1"]) == 0
    assert collections[0] < collections_during_assembly() / 10
