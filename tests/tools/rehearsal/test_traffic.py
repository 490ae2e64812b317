"""What is asked of Service-A, and what counts as arrived, lost and doubled."""

import json
from math import comb
from typing import Any, cast

import pytest

from components.agent.collector.tail_sampling import TAIL_SAMPLING, TailSampling
from tools.rehearsal.traffic import ODDS, Share, compare
from tools.traces.trace import Trace, assemble_trace

SERVICES = ("service-a", "service-b")
TRACES = ("1-00000001-000000000000000000000001", "1-00000001-000000000000000000000002")
STATUSES: dict[str, str] = dict.fromkeys(TRACES, "200")


def _trace(trace_id: str, *names: str) -> Trace:
    return assemble_trace(
        trace_id,
        [
            json.dumps({"id": f"{number:016x}", "name": name, "start_time": 1.0, "end_time": 2.0})
            for number, name in enumerate(names)
        ],
    )


def test_a_trace_without_a_segment_of_a_service_is_lost() -> None:
    complete = [_trace(each, *SERVICES) for each in TRACES]
    assert compare(complete, STATUSES, SERVICES).problem() is None
    arrival = compare(complete[:1], STATUSES, SERVICES)
    assert arrival.lost == (TRACES[1],)
    assert arrival.problem() == "2 traces sent: 1 lost."
    partial = [_trace(TRACES[0], "service-a"), complete[1]]
    assert compare(partial, STATUSES, SERVICES).lost == (TRACES[0],)


def test_a_trace_without_the_call_that_a_segment_answers_is_lost() -> None:
    called = {"id": "b" * 16, "name": "service-b", "start_time": 1.5, "parent_id": "c" * 16}
    calling = {"id": "a" * 16, "name": "service-a", "start_time": 1.0, "parent_id": "d" * 16}
    call = {**called, "id": "c" * 16, "parent_id": "a" * 16, "type": "subsegment"}
    call |= {"namespace": "remote"}
    documents = [json.dumps(each) for each in (calling, called, call)]
    for count, lost in ((2, (TRACES[0],)), (3, ())):
        arrived = [assemble_trace(TRACES[0], documents[:count])]
        assert compare(arrived, {TRACES[0]: "200"}, SERVICES).lost == lost


def test_a_trace_with_two_segments_of_a_service_is_doubled() -> None:
    traces = [_trace(TRACES[0], *SERVICES, "service-b"), _trace(TRACES[1], *SERVICES)]
    arrival = compare(traces, STATUSES, SERVICES)
    assert (arrival.lost, arrival.doubled) == ((), (TRACES[0],))


@pytest.mark.parametrize(
    ("sampling", "faults", "others", "problem"),
    [
        ({"percent": 20}, 40, 26, None),
        ({"percent": 20}, 39, 26, "200 traces sent: 1 lost."),
        ({"percent": 20}, 40, 160, "percent kept 160; at 20% it must be 0 to 64."),
        ({"percent": 80}, 40, 2, "percent kept 2; at 80% it must be 96 to 160."),
        ({"percent": 0}, 40, 1, "percent kept 1; at 0% it must be 0 to 0."),
        ({"percent": 100}, 40, 159, "percent kept 159; at 100% it must be 160 to 160."),
        ({"percent": 0, "slow_milliseconds": 999}, 40, 20, None),
        ({"percent": 20, "keep_faults": False}, 3, 26, None),
        ({"percent": 0, "keep_faults": False}, 1, 0, "kept 1; at"),
    ],
)
def test_a_gateway_keeps_what_was_asked_for_and_its_share(
    sampling: dict[str, Any], faults: int, others: int, problem: str | None
) -> None:
    ids = [f"1-00000001-{number:024x}" for number in range(200)]
    statuses = {each: "502" if number < 40 else "200" for number, each in enumerate(ids)}
    kept = [_trace(each, *SERVICES) for each in (*ids[:faults], *ids[40 : 40 + others])]
    told = TAIL_SAMPLING.complete(cast(TailSampling, sampling), "test")
    said = compare([*kept, _trace("of another", "shop")], statuses, SERVICES, told).problem()
    assert (said is None) if problem is None else (said is not None and problem in said)


@pytest.mark.parametrize("percent", [1, 50, 99.5])
@pytest.mark.parametrize("count", [1, 20, 1000])
def test_a_right_gateway_is_hardly_ever_called_wrong(count: int, percent: float) -> None:
    least, most = Share(percent, count, frozenset()).bounds
    share, outside = percent / 100, {*range(least), *range(most + 1, count + 1)}
    chances = [comb(count, each) * share**each * (1 - share) ** (count - each) for each in outside]
    assert sum(chances) * ODDS <= 1
    assert count < 1000 or most - least < count / 2
