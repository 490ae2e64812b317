"""What the daemon loses when something fails: itself, the X-Ray API, or its senders."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from components.agent.daemon.command import buffer_mib
from components.agent.trace_daemon import DEFAULT_MEMORY_LIMIT_MIB

from .contenders import Contender
from .loss import RATE, SETTLE_SECONDS
from .stage import Load, Stage
from .xray_api import Mood, XRayApi

BEFORE_SECONDS: Final = 10
"""How long all is well first."""

FAULT_SECONDS: Final = 60
"""How long the X-Ray API fails."""

AFTER_SECONDS: Final = 20
"""How long all is well again."""

MALFORMED: Final = 10_000
"""Datagrams that are no segments."""

SEGMENTS_PER_MIB: Final = 16
"""The daemon keeps each segment in a buffer of 64 KiB (aws/aws-xray-daemon, pkg/cfg/cfg.go)."""

BUFFER_SEGMENTS: Final = buffer_mib(DEFAULT_MEMORY_LIMIT_MIB) * SEGMENTS_PER_MIB
"""How many segments fit in the daemon's buffer."""


@dataclass(frozen=True)
class Outcome:
    """What came of one fault."""

    fault: str
    sent: int
    lost: int
    gap_seconds: float
    """From the first lost segment to the last, by when they were sent."""

    memory_bytes: int
    """The most that the daemon's container used."""

    restarts: int


@dataclass
class Watch:
    """The most memory that a contender's daemon was seen to use."""

    stage: Stage
    contender: Contender
    most: int = field(default=0)

    def sleep(self, seconds: float) -> None:
        """Waits, and looks every second."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.most = max(self.most, self.stage.memory(self.contender).get("xray-daemon", 0))
            time.sleep(1)


def measure_faults(stage: Stage, api: XRayApi, contender: Contender) -> list[Outcome]:
    """Deploys a contender and makes each fault once, under load."""
    stage.deploy(contender)

    def killed(watch: Watch) -> None:
        stage.kill(contender)
        watch.sleep(AFTER_SECONDS)

    def while_api(mood: Mood) -> Callable[[Watch], None]:
        def fail(watch: Watch) -> None:
            api.mood = mood
            watch.sleep(FAULT_SECONDS)
            api.mood = Mood.WELL
            watch.sleep(AFTER_SECONDS)

        return fail

    def malformed(watch: Watch) -> None:
        stage.start_malformed(contender, MALFORMED)
        watch.sleep(AFTER_SECONDS)

    faults = {
        "daemon killed": (killed, AFTER_SECONDS),
        "API throttles for 60 s": (while_api(Mood.THROTTLING), FAULT_SECONDS + AFTER_SECONDS),
        "API down for 60 s": (while_api(Mood.DOWN), FAULT_SECONDS + AFTER_SECONDS),
        "10,000 malformed datagrams": (malformed, AFTER_SECONDS),
    }
    return [
        _measure(stage, api, contender, number, name, fault, seconds)
        for number, (name, (fault, seconds)) in enumerate(faults.items())
    ]


def _measure(
    stage: Stage,
    api: XRayApi,
    contender: Contender,
    number: int,
    name: str,
    fault: Callable[[Watch], None],
    seconds: int,
) -> Outcome:
    load = Load(
        name=f"fault-{number}",
        prefix=f"fa{number:x}0",
        host=f"xray-service.{contender.namespace}",
        rate=RATE,
        seconds=BEFORE_SECONDS + seconds,
        lookup="once",
    )
    watch = Watch(stage, contender)
    stage.start(load)
    watch.sleep(BEFORE_SECONDS)
    fault(watch)
    stage.await_end(load)
    stage.await_ready(contender)
    time.sleep(SETTLE_SECONDS)
    arrived = {int(each[len(load.prefix) :], 16) for each in api.arrived(load.prefix)}
    lost = [each for each in range(load.total) if each not in arrived]
    return Outcome(
        fault=name,
        sent=load.total,
        lost=len(lost),
        gap_seconds=(lost[-1] - lost[0]) / RATE if lost else 0.0,
        memory_bytes=watch.most,
        restarts=stage.restarts(contender),
    )
