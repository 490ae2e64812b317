"""Which whole traces a gateway keeps, once it has seen all of their spans."""

from typing import Any, Final, NotRequired, TypedDict

from ...constraints import number, whole
from ...inputs import Inputs

TRACES_PER_MIB: Final = 16
"""Traces kept in memory for each MiB of the gateway's limit: 10 spans each, with what Go's garbage
collector needs beside them, take half of it."""


class TailSampling(TypedDict):
    """What is kept of the traces that the applications sampled."""

    percent: float
    """Share of the traces, in percent, that is kept whatever they hold."""

    keep_faults: NotRequired[bool]
    """Whether a trace with an error in any span is kept."""

    slow_milliseconds: NotRequired[int | None]
    """Traces that take longer than this, in milliseconds, are kept. Default: none for that."""

    wait_seconds: NotRequired[int]
    """How long spans of a trace are waited for, in seconds, before it is decided."""


TAIL_SAMPLING: Final = Inputs(
    TailSampling,
    {"keep_faults": True, "wait_seconds": 10},
    {
        "percent": number(0, 100),
        "slow_milliseconds": whole(1, 600_000),
        "wait_seconds": whole(1, 120),
    },
)


def tail_sampling_processor(sampling: TailSampling, memory_limit_mib: int) -> dict[str, Any]:
    """Returns the settings of the collector's processor `tail_sampling`.

    A trace is kept where any of the policies says so.
    """
    policies: list[dict[str, Any]] = [
        {
            "name": "share",
            "type": "probabilistic",
            "probabilistic": {"sampling_percentage": sampling["percent"]},
        }
    ]
    if sampling["keep_faults"]:
        policies.append(
            {
                "name": "faults",
                "type": "status_code",
                "status_code": {"status_codes": ["ERROR"]},
            }
        )
    slow = sampling["slow_milliseconds"]
    if slow is not None:
        policies.append({"name": "slow", "type": "latency", "latency": {"threshold_ms": slow}})
    return {
        "decision_wait": f"{sampling['wait_seconds']}s",
        "num_traces": memory_limit_mib * TRACES_PER_MIB,
        "policies": policies,
    }
