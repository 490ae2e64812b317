"""Which whole traces a gateway keeps, once it has seen all of their spans."""

from typing import Any, Final, NotRequired, TypedDict

DEFAULT_WAIT_SECONDS: Final = 10
"""How long spans of a trace are waited for after its first one."""

TRACES_PER_MIB: Final = 16
"""Traces kept in memory for each MiB of the gateway's limit: 10 spans each, with what Go's garbage
collector needs beside them, take half of it."""


class TailSampling(TypedDict):
    """What is kept of the traces that the applications sampled."""

    percent: float
    """Share of the traces, in percent, that is kept whatever they hold."""

    keep_faults: NotRequired[bool]
    """Whether a trace with an error in any span is kept. Default: yes."""

    slow_milliseconds: NotRequired[int | None]
    """Traces that take longer than this, in milliseconds, are kept. Default: none for that."""

    wait_seconds: NotRequired[int]
    """How long spans of a trace are waited for, in seconds, before it is decided. Default: 10."""


def tail_sampling_processor(sampling: TailSampling, memory_limit_mib: int) -> dict[str, Any]:
    """Returns the settings of the collector's processor `tail_sampling`.

    A trace is kept where any of the policies says so.

    Args:
        sampling: What is kept.
        memory_limit_mib: Memory limit of the gateway, in MiB: it bounds how many traces wait.
    """
    policies: list[dict[str, Any]] = [
        {
            "name": "share",
            "type": "probabilistic",
            "probabilistic": {"sampling_percentage": float(sampling["percent"])},
        }
    ]
    if sampling.get("keep_faults", True):
        policies.append(
            {
                "name": "faults",
                "type": "status_code",
                "status_code": {"status_codes": ["ERROR"]},
            }
        )
    slow = sampling.get("slow_milliseconds")
    if slow is not None:
        # Other languages send every number as a float.
        policies.append({"name": "slow", "type": "latency", "latency": {"threshold_ms": int(slow)}})
    return {
        "decision_wait": f"{int(sampling.get('wait_seconds', DEFAULT_WAIT_SECONDS))}s",
        "num_traces": memory_limit_mib * TRACES_PER_MIB,
        "policies": policies,
    }
