"""One step of a measurement: a program is started, takes one rate for some time, and is ended."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from ..xray_api import Mood, Traffic
from . import load as loads
from .launch import Intake, Launch
from .load import Load
from .running import Memory, Running, run
from .sink import Sink

WARM_UP: Final = 200
"""Segments that a program takes in the second before, so that its pages are in memory."""

TAIL_SECONDS: Final = 2.0
"""How long after the last one was sent the last one may arrive, where a program takes a rate: both
wait for a second at most until a batch is full. One that takes longer has got behind."""

LOOK_SECONDS: Final = 0.25
"""How often it is looked at."""


@dataclass(frozen=True)
class Fault:
    """The X-Ray API fails for a while, under load."""

    mood: Mood
    after_seconds: float
    seconds: float


@dataclass(frozen=True)
class Step:
    """What came of one step."""

    rate: int
    """Segments a second."""

    sent: int
    lost: int
    tail_seconds: float
    """From when the last was sent until the last that came arrived."""

    cpu_seconds: float
    memory: Memory
    """When it had most, by its RSS."""

    traffic: Traffic = field(default_factory=Traffic)
    """The calls that the segments came in."""

    sender_is_limit: bool = False
    sender_is_late: bool = False

    @property
    def taken(self) -> bool:
        """Returns whether the program takes this rate.

        All arrived, in time, and none out of a queue that grows where the core is too little.
        """
        in_time = self.tail_seconds <= TAIL_SECONDS and not self.sender_is_late
        return self.lost == 0 and in_time and self.core_share <= 1

    @property
    def cpu_seconds_per_thousand(self) -> float:
        """Returns the CPU time for 1,000 segments that arrived."""
        return 1000 * self.cpu_seconds / max(self.sent - self.lost, 1)

    @property
    def core_share(self) -> float:
        """Returns which share of the core the program needs for this rate."""
        return self.cpu_seconds_per_thousand * self.rate / 1000


class Steps:
    """Makes the steps of one program."""

    def __init__(
        self,
        make: Callable[[str, Path], Launch],
        intake: Intake,
        sink: Sink,
        core: int,
        prefixes: "count[int]",
    ) -> None:
        """Takes note of what it is told.

        Args:
            make: Returns how the program is started, given the X-Ray API and a folder.
            intake: What it is sent.
            sink: Counts what arrives.
            core: The core that the program has for itself.
            prefixes: Tells the segments of one step from those of all others.
        """
        self._make = make
        self._intake = intake
        self._sink = sink
        self._core = core
        self._prefixes = prefixes

    def ready_seconds(self) -> float:
        """Starts and ends the program; returns the time until it was ready."""
        with self._run() as running:
            return running.ready_seconds

    def measure(
        self, rate: int, seconds: int, patience_seconds: float, fault: Fault | None = None
    ) -> Step:
        """Sends at a rate, and counts what arrives.

        Args:
            rate: Segments a second.
            seconds: How long it is sent.
            patience_seconds: What has not come when this long nothing came is lost.
            fault: What the X-Ray API does meanwhile; none is well.
        """
        with self._run() as running:
            self._send(running, Load(self._intake, running.target, self._prefix(), WARM_UP, 1))
            load = Load(self._intake, running.target, self._prefix(), rate, seconds)
            step = self._send(running, load, patience_seconds, fault)
        self._sink.forget(load.prefix)
        return step

    def _run(self) -> AbstractContextManager[Running]:
        return run(lambda folder: self._make(self._sink.endpoint, folder), self._core)

    def _prefix(self) -> str:
        return f"{next(self._prefixes):04x}"

    def _send(
        self,
        running: Running,
        load: Load,
        patience_seconds: float = TAIL_SECONDS,
        fault: Fault | None = None,
    ) -> Step:
        start, cpu = time.monotonic(), running.cpu_seconds()
        most = running.memory()
        with loads.start(load) as sending:
            while sending.goes_on():
                self._sink.set_mood(mood_at(time.monotonic() - start, fault))
                most = max(most, running.memory(), key=lambda memory: memory.resident)
                time.sleep(LOOK_SECONDS)
            sent = sending.result()
        self._sink.set_mood(Mood.WELL)
        end = arrived_at = time.monotonic()
        arrived = self._sink.count(load.prefix)
        while arrived < load.total and time.monotonic() < arrived_at + patience_seconds:
            time.sleep(LOOK_SECONDS)
            most = max(most, running.memory(), key=lambda memory: memory.resident)
            before, arrived = arrived, self._sink.count(load.prefix)
            arrived_at = time.monotonic() if arrived > before else arrived_at
        return Step(
            rate=load.rate,
            sent=load.total,
            lost=load.total - arrived,
            tail_seconds=arrived_at - end,
            cpu_seconds=running.cpu_seconds() - cpu,
            memory=most,
            traffic=self._sink.traffic(load.prefix),
            sender_is_limit=sent.is_limit(load),
            sender_is_late=sent.is_late(load),
        )


def mood_at(seconds: float, fault: Fault | None) -> Mood:
    """Returns how the X-Ray API answers some seconds after the first segment was sent."""
    if fault is not None and 0 <= seconds - fault.after_seconds < fault.seconds:
        return fault.mood
    return Mood.WELL
