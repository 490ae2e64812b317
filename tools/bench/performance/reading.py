"""Whether traces are read as fast as X-Ray's API allows, and with no more calls than it takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from .api_process import ApiProcess, start_api_process
from .limited_api import MOST_TRACES, Setting
from .ratios import ratio_row
from .reading_runs import (
    CALLS_AT_ONCE,
    Run,
    memory,
    read,
    seconds_of_a_call,
    seconds_with_botocore,
)
from .row import Conditions, Measured, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATES: Final = (20.0, 100.0)
"""Calls a second; what AWS allows is not documented."""

MOST_RUNS: Final = 3
"""At one rate: where other programs hold the machine for a moment, calls come too late."""

LEAST_SHARE: Final = 0.9
MOST_ADDED: Final = 1.2
MOST_EXCESS: Final = 1.1
LEAST_AT_ONCE: Final = 0.5 * CALLS_AT_ONCE
MOST_MEMORY: Final = 1.3
"""The goals: shares of the rate allowed; multiples of an outage, of the fewest calls, of the time
of one call; and of what the traces keep."""


@dataclass(frozen=True)
class Sizes:
    """How much is read."""

    seconds: float
    """About how long a reading at a rate takes."""

    outage: float
    """How long all calls are refused in the middle of one, in seconds."""

    unlimited: int
    """Traces that are read without a limit."""

    in_memory: int
    """Traces that are read to see what memory it takes."""


SHORT: Final = Sizes(seconds=2, outage=2, unlimited=1600, in_memory=500)
FULL: Final = Sizes(seconds=8, outage=6, unlimited=6400, in_memory=5000)


def measure_reading(conditions: Conditions) -> Measured:
    """Measures the reader beside the rate allowed, the fewest calls and one call at a time."""
    sizes = SHORT if conditions.short else FULL
    with start_api_process() as api:
        limited = [_read_at(api, rate, sizes.seconds) for rate in RATES]
        whole = limited[-1]
        broken = read(api, _with_outage(whole, sizes.outage))
        unlimited = read(api, Setting(sizes.unlimited, latency=0.2))
        alone = seconds_of_a_call(api, unlimited.setting)
        peak, kept = memory(api, Setting(sizes.in_memory, latency=0.0))
        theirs = (
            None if conditions.short else seconds_with_botocore(api, limited[0].setting, "adaptive")
        )
    runs = [*limited, broken, unlimited]
    rows = [
        *(_rate_row(run) for run in limited),
        *([_botocore_row(limited[0], theirs)] if theirs else []),
        _outage_row(whole, broken, sizes.outage),
        _wrong_row(runs),
        _calls_row(runs),
        *(_refused_row(run) for run in limited),
        _at_once_row(unlimited, alone),
        _memory_row(peak, kept, sizes.in_memory),
    ]
    data = {"runs": [_data(run) for run in runs], "alone": alone, "peak": peak, "kept": kept}
    plots = {} if conditions.short else _plots(broken)
    return Measured(rows, data | {"botocore": theirs}, _conditions(sizes), plots)


def _read_at(api: ApiProcess, rate: float, seconds: float) -> Run:
    """Reads for a time after the burst; again, and then the best counts, if the goal is missed."""
    setting = Setting(round(rate * (1 + seconds)) * MOST_TRACES, rate=rate)
    runs = [read(api, setting)]
    while runs[-1].share < LEAST_SHARE and len(runs) < MOST_RUNS:
        runs.append(read(api, setting))
    return max(runs, key=lambda run: run.share)


def _with_outage(run: Run, seconds: float) -> Setting:
    start = run.seconds / 2
    return replace(run.setting, outage=(start, start + seconds))


def _rate_row(run: Run) -> Row:
    return Row(
        "calls for traces that succeed",
        f"the {run.setting.rate:g} a second that are allowed",
        f"{run.share:.2f} ×",
        f"≥ {LEAST_SHARE} ×",
        run.share >= LEAST_SHARE,
    )


def _botocore_row(run: Run, theirs: float) -> Row:
    return Row(
        f"time to read {run.setting.traces:,} traces at {run.setting.rate:g} calls a second",
        "botocore's adaptive retries, as many calls at once",
        f"{run.seconds / theirs:.2f} ×",
        "< 1 ×",
        run.seconds < theirs,
    )


def _outage_row(whole: Run, broken: Run, outage: float) -> Row:
    added = (broken.seconds - whole.seconds) / outage
    what = f"time that it adds if all calls are refused for {outage:g} s"
    return ratio_row(what, "that time", added, MOST_ADDED)


def _wrong_row(runs: Sequence[Run]) -> Row:
    wrong = sum(run.wrong for run in runs)
    return Row(
        "traces lost, read twice or asked for again",
        f"{sum(run.setting.traces for run in runs):,} that were read",
        str(wrong),
        "0",
        wrong == 0,
    )


def _calls_row(runs: Sequence[Run]) -> Row:
    excess = max(run.excess for run in runs)
    return ratio_row(
        "calls that were answered, at most",
        "the fewest: one for 5 traces, and one for each page",
        excess,
        MOST_EXCESS,
    )


def _refused_row(run: Run) -> Row:
    refused = len(run.seen.refused)
    return ratio_row(
        f"calls refused, at {run.setting.rate:g} a second",
        "those that were answered",
        refused / len(run.seen.answered),
    )


def _at_once_row(run: Run, alone: float) -> Row:
    times = run.setting.fewest_calls * alone / run.seconds
    return Row(
        f"reading without a limit, {CALLS_AT_ONCE} calls at once",
        "one call at a time",
        f"{times:.1f} × as fast",
        f"≥ {LEAST_AT_ONCE:.1f} ×",
        times >= LEAST_AT_ONCE,
    )


def _memory_row(peak: int, kept: int, traces: int) -> Row:
    return ratio_row(
        f"memory while {traces:,} traces are read",
        "what they take afterwards",
        peak / kept,
        MOST_MEMORY,
    )


def _plots(run: Run) -> Mapping[str, "Figure"]:
    # Loaded only here: it brings matplotlib.
    from .reading_plot import plot_reading

    return {"reading": plot_reading(run.setting, run.seen.calls)}


def _data(run: Run) -> Mapping[str, Any]:
    setting = run.setting
    return {
        "traces": setting.traces,
        "rate": setting.rate,
        "latency": setting.latency,
        "outage": list(setting.outage),
        "took": run.seconds,
        "answered": len(run.seen.answered),
        "refused": len(run.seen.refused),
    }


def _conditions(sizes: Sizes) -> str:
    return (
        "An API in a process of its own, in the place of AWS's: pages of 100, a token bucket for "
        "each operation that holds what a second allows, answers after 0.05 s (0.2 s without a "
        "limit), refusals at once. Each trace has two segments. What AWS allows isn't documented. "
        f"The rates are kept for {sizes.seconds:g} s after the burst."
    )
