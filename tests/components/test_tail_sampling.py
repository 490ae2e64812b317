from itertools import product
from typing import Any, Final, cast

import pytest

from components.agent.collector.gateway import DEFAULT_GATEWAY_MEMORY_LIMIT_MIB
from components.agent.collector.tail_sampling import TailSampling, tail_sampling_processor

FAULTS: Final = {
    "name": "faults",
    "type": "status_code",
    "status_code": {"status_codes": ["ERROR"]},
}


def share(percent: float) -> dict[str, Any]:
    return {
        "name": "share",
        "type": "probabilistic",
        "probabilistic": {"sampling_percentage": percent},
    }


def slow(milliseconds: int) -> dict[str, Any]:
    return {"name": "slow", "type": "latency", "latency": {"threshold_ms": milliseconds}}


def processor(memory_limit_mib: int = 1024, **sampling: Any) -> dict[str, Any]:
    told = cast(TailSampling, {"percent": 5, **sampling})
    return tail_sampling_processor(told, memory_limit_mib)


@pytest.mark.parametrize(
    ("percent", "keep_faults", "slow_milliseconds"),
    product((0, 2.5, 100), (True, False, None), (1, 500, None)),
)
def test_a_trace_is_kept_for_each_of_the_reasons_that_are_given_and_for_no_other(
    percent: float, keep_faults: bool | None, slow_milliseconds: int | None
) -> None:
    faults = {} if keep_faults is None else {"keep_faults": keep_faults}
    told = processor(percent=percent, slow_milliseconds=slow_milliseconds, **faults)
    assert told["policies"] == [
        share(percent),
        *([] if keep_faults is False else [FAULTS]),
        *([] if slow_milliseconds is None else [slow(slow_milliseconds)]),
    ]


def test_faults_are_kept_and_slow_traces_are_not_where_nothing_is_said() -> None:
    assert processor()["policies"] == [share(5), FAULTS]


def test_no_two_reasons_have_the_same_name() -> None:
    names = [each["name"] for each in processor(slow_milliseconds=500)["policies"]]
    assert len(set(names)) == len(names) == 3


@pytest.mark.parametrize(("told", "wait"), [({}, "10s"), ({"wait_seconds": 45}, "45s")])
def test_spans_are_waited_for_as_long_as_is_said(told: dict[str, int], wait: str) -> None:
    assert processor(**told)["decision_wait"] == wait


@pytest.mark.parametrize(("memory_limit_mib", "traces"), [(192, 3072), (1024, 16_384)])
def test_how_many_traces_wait_follows_from_the_memory_that_there_is(
    memory_limit_mib: int, traces: int
) -> None:
    assert processor(memory_limit_mib)["num_traces"] == traces
    spans_mib = traces * 10 * 4 / 1024
    assert spans_mib < memory_limit_mib * 2 / 3, "beyond that the collector refuses spans"


def test_the_default_gateway_has_room_for_what_it_says() -> None:
    assert processor(DEFAULT_GATEWAY_MEMORY_LIMIT_MIB)["num_traces"] >= 16_000


def test_numbers_may_come_as_other_languages_send_them() -> None:
    told = processor(percent=5, slow_milliseconds=500.0, wait_seconds=20.0)
    assert told["decision_wait"] == "20s"
    threshold = told["policies"][-1]["latency"]["threshold_ms"]
    assert (threshold, type(threshold)) == (500, int)
