"""What is measured of one program: the highest rate, what it needs for it, and what it loses."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from tools.lab.errors import ToolError

from ..loss import RATE
from ..xray_api import Mood
from .image_size import ImageSize, image_size
from .launch import Intake, Launch
from .load import sender_rate
from .search import confirmed_rate, highest_rate
from .sink import Sink, sink_rate
from .step import TAIL_SECONDS, Fault, Step, Steps

HEADROOM: Final = 0.8
"""Which share of what the sender and the sink can do a rate may have at most to be stated."""

TRIES: Final = 2
"""How often a rate is tried until it is taken: a moment of somebody else's on the core is no
refusal of the program's."""


@dataclass(frozen=True)
class Subject:
    """A program that is measured, and what it is sent."""

    name: str
    version: str
    """What the program says of itself."""

    file: Path
    intake: Intake
    make: Callable[[str, Path], Launch]
    """Returns how it is started, given the X-Ray API and a folder."""


@dataclass(frozen=True)
class Plan:
    """How long and how often everything is measured."""

    step_seconds: int = 5
    confirmation_seconds: int = 15
    usual_seconds: int = 15
    """How long the usual rate is sent."""

    before_seconds: int = 5
    """How long all is well before a fault."""

    fault_seconds: int = 20
    after_seconds: int = 15
    patience_seconds: float = 30.0
    """What has not come after a fault when this long nothing came is lost: AWS's SDK, on which
    both rely, waits for 20 s at most between two attempts."""

    starts: int = 5
    """How often a program is started to see when it is ready."""

    ceiling: int | None = None
    """The highest rate to try; none is what the sender and the sink can do."""


@dataclass(frozen=True)
class Limits:
    """What those around a program can do, in segments/s."""

    sink: int
    sender: int

    @property
    def ceiling(self) -> int:
        """Returns the highest rate that says something of the program.

        Sink and sender may have to share one core.
        """
        return int(HEADROOM * self.sink * self.sender / (self.sink + self.sender))

    @property
    def who(self) -> str:
        """Returns whose limit it is."""
        return "sink" if self.sink < self.sender else "sender"


@dataclass(frozen=True)
class Measurement:
    """What came of one program."""

    name: str
    version: str
    limits: Limits
    limited_by: str | None
    """Who could not do more, where that is not the program: its rate is not known then."""

    highest: Step
    """At the highest rate that was taken."""

    usual: Step
    """At the usual rate."""

    throttled: Step
    """At the usual rate, while the X-Ray API throttles for a while."""

    down: Step
    """At the usual rate, while the X-Ray API is down for a while."""

    ready_seconds: float
    """Median."""

    image: ImageSize


def measure(
    subject: Subject, sink: Sink, core: int, prefixes: "count[int]", plan: Plan
) -> Measurement:
    """Measures one program.

    Args:
        subject: The program.
        sink: Counts what arrives.
        core: The core that it has for itself.
        prefixes: Tells the segments of one step from those of all others.
        plan: How long and how often.

    Raises:
        ToolError: It does not start, or does not take a single segment a second.
    """
    limits = Limits(
        sink=sink_rate(sink, plan.step_seconds, f"{next(prefixes):04x}"),
        sender=sender_rate(subject.intake, sink, f"{next(prefixes):04x}"),
    )
    steps = Steps(subject.make, subject.intake, sink, core, prefixes)
    ready = [steps.ready_seconds() for _ in range(plan.starts)]
    usual = steps.measure(RATE, plan.usual_seconds, plan.patience_seconds)
    highest, limited_by = _highest(steps, limits, plan)
    if highest is None:
        raise ToolError(f"{subject.name} lost segments at every rate that was tried.")

    def while_api(mood: Mood) -> Step:
        fault = Fault(mood, plan.before_seconds, plan.fault_seconds)
        seconds = plan.before_seconds + plan.fault_seconds + plan.after_seconds
        return steps.measure(RATE, seconds, plan.patience_seconds, fault)

    return Measurement(
        name=subject.name,
        version=subject.version,
        limits=limits,
        limited_by=limited_by,
        highest=highest,
        usual=usual,
        throttled=while_api(Mood.THROTTLING),
        down=while_api(Mood.DOWN),
        ready_seconds=statistics.median(ready),
        image=image_size(subject.file),
    )


def _highest(steps: Steps, limits: Limits, plan: Plan) -> tuple[Step | None, str | None]:
    """Returns the step at the highest rate that is taken, and who limits it but the program."""
    ceiling = min(limits.ceiling, plan.ceiling or limits.ceiling)
    tried: dict[int, Step] = {}

    def takes(rate: int, seconds: int) -> bool:
        for _ in range(TRIES):
            tried[rate] = steps.measure(rate, seconds, TAIL_SECONDS)
            if tried[rate].taken:
                return True
        return False

    found = highest_rate(lambda rate: takes(rate, plan.step_seconds), ceiling)
    rate = confirmed_rate(lambda rate: takes(rate, plan.confirmation_seconds), found)
    return tried.get(rate), limit_of(list(tried.values()), rate, ceiling, limits)


def limit_of(tried: list[Step], rate: int, ceiling: int, limits: Limits) -> str | None:
    """Returns who limited a rate, where that was not the program.

    Args:
        tried: Every step of the search.
        rate: What it came to.
        ceiling: The highest rate that was to be tried.
        limits: What those around the program can do.
    """
    if rate == ceiling:
        return limits.who if ceiling == limits.ceiling else "plan"
    above = [each for each in tried if each.rate > rate]
    lowest = min(above, key=lambda each: each.rate, default=None)
    return "sender" if lowest is not None and lowest.sender_is_limit else None
