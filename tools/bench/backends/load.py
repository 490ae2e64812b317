"""Sends to a measured program at a steady rate, from a process of its own."""

import json
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tools.lab.errors import ToolError
from tools.lab.project import PROJECT
from tools.rehearsal.network import HOST
from tools.rehearsal.span_segments import TRACES_PATH

from .launch import Intake
from .sink import Sink

LATE_SHARE: Final = 0.02
"""By which share of its time a sender may be late with its last segment."""

BUSY_SHARE: Final = 0.9
"""A sender that is late, and had work for this share of its time, is what limits a rate."""

UNREACHABLE_RATE: Final = 200_000
"""Segments a second that no sender in Python reaches: it sends as fast as it can."""


@dataclass(frozen=True)
class Load:
    """What one sender sends, and where to."""

    intake: Intake
    target: str
    prefix: str
    """Four hexadecimal digits that the ids start with."""

    rate: int
    """Segments a second."""

    seconds: int

    @property
    def total(self) -> int:
        """Returns how many it sends."""
        return self.rate * self.seconds

    @property
    def command(self) -> list[str]:
        """Returns the sender's command line."""
        arguments = [self.target, str(self.rate), str(self.seconds), self.prefix]
        module, more = {
            Intake.SEGMENTS: ("tools.bench.sender", ["once"]),
            Intake.SPANS: ("tools.bench.backends.span_sender", []),
        }[self.intake]
        return [sys.executable, "-m", module, *arguments, *more]


@dataclass(frozen=True)
class Sent:
    """What a sender says in the end."""

    sent: int
    seconds: float
    idle: float
    """Seconds in which it had nothing to do, or waited for an answer."""

    def is_late(self, load: Load) -> bool:
        """Returns whether it sent more slowly than it was told to."""
        return self.seconds > load.seconds * (1 + LATE_SHARE)

    def is_limit(self, load: Load) -> bool:
        """Returns whether the rate was more than the sender itself can do."""
        return self.is_late(load) and self.seconds - self.idle > BUSY_SHARE * self.seconds


@dataclass
class Sending:
    """A sender while it runs."""

    popen: "subprocess.Popen[str]"

    def goes_on(self) -> bool:
        """Returns whether it still sends."""
        return self.popen.poll() is None

    def result(self) -> Sent:
        """Waits until it has sent everything.

        Raises:
            ToolError: It ended with an error.
        """
        said, error = self.popen.communicate()
        if self.popen.returncode != 0:
            words = " / ".join(error.strip().splitlines()[-1:])
            raise ToolError(f"the sender ended with {self.popen.returncode}: {words}")
        return Sent(**json.loads(said))


@contextmanager
def start(load: Load) -> Generator[Sending]:
    """Starts a sender, and ends it with its block."""
    popen = subprocess.Popen(
        load.command,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Sending(popen)
    finally:
        popen.kill()
        popen.wait()


def sender_rate(intake: Intake, sink: Sink, prefix: str) -> int:
    """Returns how many segments a second a sender can send at most, to who does nothing with them.

    Args:
        intake: What it sends.
        sink: Takes spans.
        prefix: Four hexadecimal digits that the ids start with.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind((HOST, 0))
        target = {
            Intake.SEGMENTS: f"{HOST}:{receiver.getsockname()[1]}",
            Intake.SPANS: f"{sink.endpoint}{TRACES_PATH}",
        }[intake]
        with start(Load(intake, target, prefix, UNREACHABLE_RATE, 1)) as sending:
            sent = sending.result()
    return int(sent.sent / sent.seconds)
