"""The clock, and the chain that decides, on small graphs."""

from graphlib import CycleError

import pytest

from tools.bench.performance.simulated_clock import Span, ahead_of, longest_chain, run_clock

SECONDS = {"key": 30.0, "role": 1.0, "cluster": 500.0, "nodes": 100.0, "image": 60.0, "pod": 10.0}
WAITS = {
    "cluster": {"key", "role"},
    "nodes": {"cluster", "role"},
    "pod": {"nodes", "image"},
}


def test_a_step_begins_once_all_that_it_waits_for_has_ended() -> None:
    spans = run_clock(SECONDS, WAITS)
    assert spans["key"] == Span(0, 30)
    assert spans["image"] == Span(0, 60)
    assert spans["cluster"] == Span(30, 530)
    assert spans["pod"] == Span(630, 640)


def test_the_chain_that_decides_goes_through_what_ended_last() -> None:
    spans = run_clock(SECONDS, WAITS)
    assert longest_chain(spans, WAITS, "pod") == ["key", "cluster", "nodes", "pod"]
    slow_image = run_clock({**SECONDS, "image": 631.0}, WAITS)
    assert longest_chain(slow_image, WAITS, "pod") == ["image", "pod"]


def test_of_two_that_end_together_one_is_named_always() -> None:
    waits = {"c": {"b", "a"}}
    spans = run_clock({"a": 1.0, "b": 1.0, "c": 1.0}, waits)
    assert longest_chain(spans, waits, "c") == ["a", "c"]


def test_a_needless_wait_shows_in_the_end() -> None:
    hasty = run_clock(SECONDS, WAITS)
    waiting = run_clock(SECONDS, {**WAITS, "image": {"nodes"}})
    assert hasty["pod"].end == 640
    assert waiting["pod"].end == 700


def test_everything_ahead_of_a_step_is_found_however_far() -> None:
    assert ahead_of("pod", WAITS) == SECONDS.keys() - {"pod"}
    assert ahead_of("nodes", WAITS) == {"cluster", "key", "role"}
    assert ahead_of("key", WAITS) == set()


def test_steps_that_wait_for_each_other_are_an_error() -> None:
    with pytest.raises(CycleError):
        run_clock({"a": 1.0, "b": 1.0}, {"a": {"b"}, "b": {"a"}})
