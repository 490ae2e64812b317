"""What 1,000 segments cost in calls to X-Ray and bytes, with each program and without any."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from typing import Final

from tools.lab.errors import ToolError
from tools.rehearsal.daemon_program import find_daemon

from ..backends.compare import DAEMON, collector_subjects, daemon_subject
from ..backends.cores import Cores, divide_cores, on_cores
from ..backends.launch import Intake
from ..backends.load import sender_rate
from ..backends.measure import TRIES, Limits, Subject
from ..backends.search import highest_rate
from ..backends.sink import Sink, sink_rate, start_sink
from ..backends.step import TAIL_SECONDS, Steps
from ..programs import measured_collector
from .calls_rows import (
    FAST,
    SLOW,
    Sent,
    beside_daemon,
    conditions_of,
    left_out_row,
    rows_of,
    single_row,
)
from .row import Conditions, Measured
from .single_calls import send_one_by_one

SECONDS: Final[Mapping[int, int]] = {FAST: 4, SLOW: 8}
"""How long each rate of segments a second is sent."""

SHORT_SECONDS: Final[Mapping[int, int]] = {FAST: 2}

SINGLE_CALLS: Final = 50
"""How many segments are sent in calls of their own: each call is like the others."""

FIRST_RATE: Final = 8_000
BISECTIONS: Final = 1
SEARCH_SECONDS: Final = 2
"""The search for the highest rate is short, and so a rough one."""


@dataclass(frozen=True)
class Programs:
    """What can be measured here, and why the rest can't."""

    subjects: Sequence[Subject]
    left_out: Mapping[str, str]
    """Why, by name."""


def measure_calls(how: Conditions) -> Measured:
    """Measures the programs that there are, beside a call for each segment.

    Raises:
        ToolError: A program that is given is not what it must be, or does not start.
    """
    programs, prefixes = _find_programs(how), count(1)
    seconds = SHORT_SECONDS if how.short else SECONDS
    sent: list[Sent] = []
    highest: dict[str, int | None] = {}
    with start_sink() as sink:
        traffic = send_one_by_one(sink, f"{next(prefixes):04x}", SINGLE_CALLS)
        single = Sent("a call for each segment", 0, SINGLE_CALLS, traffic)
        if programs.subjects:
            cores = divide_cores()
            with on_cores(cores.of_others):
                sent += _send(programs.subjects, sink, cores, prefixes, seconds)
                if not how.short:
                    highest |= _highest_rates(programs.subjects, sink, cores, prefixes)
    return Measured(
        rows=[
            single_row(single),
            *(row for each in sent for row in rows_of(each, single)),
            *beside_daemon(sent, highest),
            *(left_out_row(name, reason) for name, reason in programs.left_out.items()),
        ],
        data={
            "sent": [{**asdict(each), "bytes": each.traffic.bytes} for each in (single, *sent)],
            "segments_per_second": highest,
        },
        conditions=conditions_of(
            [each.version for each in programs.subjects], single, seconds, highest
        ),
    )


def _find_programs(how: Conditions) -> Programs:
    daemon = find_daemon(how.daemon)
    subjects = [] if daemon.stand_in else [daemon_subject(daemon)]
    left_out = {DAEMON: "no --daemon is given"} if daemon.stand_in else {}
    if how.collector is None:
        left_out["collector"] = "no --collector is given"
    else:
        subjects += collector_subjects(measured_collector(how.collector))
    try:
        divide_cores()
    except ToolError as error:
        return Programs([], left_out | {each.name: str(error) for each in subjects})
    return Programs(subjects, left_out)


def _send(
    subjects: Sequence[Subject],
    sink: Sink,
    cores: Cores,
    prefixes: "count[int]",
    seconds: Mapping[int, int],
) -> Iterator[Sent]:
    """Sends to each program at each rate; yields what each made of it."""
    for subject in subjects:
        steps = Steps(subject.make, subject.intake, sink, cores.of_program, prefixes)
        for rate, lasting in seconds.items():
            step = steps.measure(rate, lasting, TAIL_SECONDS)
            yield Sent(subject.name, rate, step.sent - step.lost, step.traffic)


def _highest_rates(
    subjects: Sequence[Subject], sink: Sink, cores: Cores, prefixes: "count[int]"
) -> dict[str, int | None]:
    """Returns what programs that get segments take in a second on one core, none lost.

    None where the sender or the sink could not do more.
    """
    limits = Limits(
        sink=sink_rate(sink, 1.0, f"{next(prefixes):04x}"),
        sender=sender_rate(Intake.SEGMENTS, sink, f"{next(prefixes):04x}"),
    )
    found: dict[str, int | None] = {}
    for subject in subjects:
        if subject.intake == Intake.SEGMENTS:
            steps = Steps(subject.make, subject.intake, sink, cores.of_program, prefixes)
            takes = partial(_takes, steps)
            rate = highest_rate(takes, limits.ceiling, FIRST_RATE, BISECTIONS)
            found[subject.name] = None if rate == limits.ceiling else rate
    return found


def _takes(steps: Steps, rate: int) -> bool:
    tries = (steps.measure(rate, SEARCH_SECONDS, TAIL_SECONDS) for _ in range(TRIES))
    return any(each.taken for each in tries)
