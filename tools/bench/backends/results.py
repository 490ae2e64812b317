"""Keeps what was measured of the programs: as data, and as a table with a program a column."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from components.agent.agents import DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB
from components.agent.collector.exporters import BATCHES_PER_MIB, QUEUE_CONSUMERS, SEGMENTS_PER_CALL
from components.agent.daemon.command import buffer_mib, go_memory_limit
from components.agent.trace_daemon import DEFAULT_MEMORY_LIMIT_MIB

from ..faults import BUFFER_SEGMENTS
from ..loss import RATE
from ..results import MIB, RESULTS, write_table
from .measure import HEADROOM, TRIES, Measurement, Plan
from .span_sender import SPANS_PER_REQUEST
from .step import TAIL_SECONDS, Step

MB: Final = 1_000_000


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: Callable[[Measurement], float]
    form: str
    """How a value is written."""


ROWS: Final = (
    Row(f"CPU per 1,000 segments, at {RATE}/s", lambda m: _milliseconds(m.usual), "{:,.0f} ms"),
    Row("CPU per 1,000 segments, at the highest", lambda m: _milliseconds(m.highest), "{:,.0f} ms"),
    Row("share of the core at the highest", lambda m: 100 * m.highest.core_share, "{:.0f} %"),
    Row(f"RSS at {RATE}/s", lambda m: m.usual.memory.resident / MIB, "{:.0f} MiB"),
    Row(f"PSS at {RATE}/s", lambda m: m.usual.memory.proportional / MIB, "{:.0f} MiB"),
    Row(f"anonymous at {RATE}/s", lambda m: m.usual.memory.anonymous / MIB, "{:.0f} MiB"),
    Row("RSS at the highest", lambda m: m.highest.memory.resident / MIB, "{:.0f} MiB"),
    Row("PSS at the highest", lambda m: m.highest.memory.proportional / MIB, "{:.0f} MiB"),
    Row("anonymous at the highest", lambda m: m.highest.memory.anonymous / MIB, "{:.0f} MiB"),
    Row(f"lost at {RATE}/s", lambda m: m.usual.lost, "{:,.0f}"),
    Row("lost while X-Ray throttles (429)", lambda m: m.throttled.lost, "{:,.0f}"),
    Row("RSS meanwhile", lambda m: m.throttled.memory.resident / MIB, "{:.0f} MiB"),
    Row("lost while X-Ray is down (503)", lambda m: m.down.lost, "{:,.0f}"),
    Row("RSS while it is down", lambda m: m.down.memory.resident / MIB, "{:.0f} MiB"),
    Row("time to ready, median", lambda m: 1000 * m.ready_seconds, "{:,.0f} ms"),
    Row("image", lambda m: m.image.plain / MB, "{:,.1f} MB"),
    Row("image, gzip", lambda m: m.image.gzipped / MB, "{:,.1f} MB"),
)


def write_backends(
    measurements: Sequence[Measurement], cores: int, plan: Plan, folder: Path = RESULTS
) -> str:
    """Writes `backends.json` and `backends.md` to a folder; returns the table.

    Args:
        measurements: The daemon's first: the others' ratios are to it.
        cores: How many cores there were.
        plan: How long and how often it was measured.
        folder: Where they are written.
    """
    daemon, *others = measurements
    head = ["", daemon.name]
    rows = [["segments/s on one core, none lost", _rate(daemon)]]
    rows += [[row.what, row.form.format(row.value(daemon))] for row in ROWS]
    for each in others:
        head += [each.name, "ratio"]
        rows[0] += [_rate(each), _rate_ratio(each, daemon)]
        for line, row in zip(rows[1:], ROWS, strict=True):
            value = row.value(each)
            line += [row.form.format(value), _ratio(value, row.value(daemon))]
    data = [asdict(each) for each in measurements]
    return write_table(
        folder / "backends", head, rows, _conditions(measurements, cores, plan), data
    )


def _rate(measurement: Measurement) -> str:
    """A rate that somebody else limits is not the program's, and is not stated as that."""
    rate = f"{measurement.highest.rate:,}"
    if measurement.limited_by is None:
        return rate
    return f"not stated: the {measurement.limited_by} limits it, at {rate}"


def _rate_ratio(measurement: Measurement, daemon: Measurement) -> str:
    if measurement.limited_by is not None or daemon.limited_by is not None:
        return "-"
    return _ratio(measurement.highest.rate, daemon.highest.rate)


def _ratio(value: float, of_daemon: float) -> str:
    return f"{value / of_daemon:.2f}" if of_daemon else "-"


def _milliseconds(step: Step) -> float:
    return 1000 * step.cpu_seconds_per_thousand


def _conditions(measurements: Sequence[Measurement], cores: int, plan: Plan) -> str:
    versions = ", ".join(dict.fromkeys(each.version for each in measurements))
    reach = "; ".join(
        f"{each.name}: sink {each.limits.sink:,}, sender {each.limits.sender:,}"
        for each in measurements
    )
    sent = RATE * (plan.before_seconds + plan.fault_seconds + plan.after_seconds)
    daemon_mib, collector_mib = DEFAULT_MEMORY_LIMIT_MIB, DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB
    return (
        f"{versions}; {cores} cores, one of them the program's alone (GOMAXPROCS=1), the others of "
        "sender and sink. The sink answers at once, without TLS. The daemon: memory limit "
        f"{daemon_mib} MiB (GOMEMLIMIT={go_memory_limit(daemon_mib)}), buffer "
        f"{buffer_mib(daemon_mib)} MiB, {BUFFER_SEGMENTS} segments. The collector: "
        f"{collector_mib} MiB (GOMEMLIMIT={go_memory_limit(collector_mib)}), batches of "
        f"{SEGMENTS_PER_CALL}, a queue of {collector_mib * BATCHES_PER_MIB} batches, "
        f"{QUEUE_CONSUMERS} calls at once; spans come by OTLP and HTTP, {SPANS_PER_REQUEST} in a "
        "request. Nothing but GOMEMLIMIT holds a program to its memory limit here. A rate is taken "
        f"where all arrive, the last within {TAIL_SECONDS:.0f} s of being sent: looked for in "
        f"steps of {plan.step_seconds} s, confirmed for {plan.confirmation_seconds} s, in {TRIES} "
        "tries at most, the program started anew for each. Rates above "
        f"{100 * HEADROOM:.0f} % of what sink and sender can do together on one core (segments/s "
        f"alone; {reach}) are not stated. X-Ray fails for {plan.fault_seconds} s of "
        f"{sent:,} segments at {RATE}/s. Memory is the most that was seen; ratios are to the "
        "daemon's."
    )
