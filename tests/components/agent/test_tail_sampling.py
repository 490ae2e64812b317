"""Which whole traces a gateway keeps."""

from typing import Any, Final

import pytest

from tests.support.agents import in_gateway

SHARE: Final = {
    "name": "share",
    "type": "probabilistic",
    "probabilistic": {"sampling_percentage": 5.0},
}
FAULTS: Final = {
    "name": "faults",
    "type": "status_code",
    "status_code": {"status_codes": ["ERROR"]},
}
SLOW: Final = {"name": "slow", "type": "latency", "latency": {"threshold_ms": 500}}


def processor(memory_limit_mib: int = 1024, **sampling: Any) -> dict[str, Any]:
    told = {"percent": 5, **sampling}
    configuration = in_gateway(tail_sampling=told, gateway_memory_limit_mib=memory_limit_mib)
    return configuration["processors"]["tail_sampling"]


@pytest.mark.parametrize(
    ("sampling", "policies"),
    [
        ({}, [SHARE, FAULTS]),
        ({"keep_faults": False}, [SHARE]),
        ({"slow_milliseconds": 500}, [SHARE, FAULTS, SLOW]),
        ({"keep_faults": False, "slow_milliseconds": 500.0}, [SHARE, SLOW]),
    ],
)
def test_a_trace_is_kept_for_each_reason_that_is_given(
    sampling: dict[str, Any], policies: list[dict[str, Any]]
) -> None:
    assert processor(**sampling)["policies"] == policies


@pytest.mark.parametrize(
    ("memory_limit_mib", "traces"), [(192, 3072), (1024, 16_384), (2048, 32_768)]
)
def test_the_memory_limit_bounds_the_traces_that_wait(memory_limit_mib: int, traces: int) -> None:
    assert processor(memory_limit_mib)["num_traces"] == traces
    spans_mib = traces * 10 * 4 / 1024
    assert spans_mib < memory_limit_mib * 2 / 3, "beyond that the collector refuses spans"
