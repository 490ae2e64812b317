"""A measured program while it runs: on a core of its own, with what it uses."""

import re
import socket
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import requests

from tools.lab.errors import ToolError
from tools.lab.processes import Process
from tools.lab.project import PROJECT

from .cores import on_cores
from .launch import Launch

READY_SECONDS: Final = 30.0
"""How long a program may take to be ready; as long as its pod's startup probe lets it."""

PROBE_EVERY_SECONDS: Final = 0.005
PROBE_SECONDS: Final = 1.0

_KIB: Final = re.compile(r"^(Rss|Pss|Anonymous):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True)
class Memory:
    """What a program has of this machine's memory, in bytes."""

    resident: int
    """RSS: all of its pages that are in memory."""

    proportional: int
    """PSS: pages that others have too count by their share."""

    anonymous: int
    """What is no page of a file: its heap and stacks. The pages of its program file, the kernel
    can drop."""


class Running:
    """A program that is ready."""

    def __init__(self, process: Process, launch: Launch, ready_seconds: float) -> None:
        self.target = launch.target
        self.ready_seconds = ready_seconds
        """From its start until its probe succeeded."""
        self._process = process
        self._system = psutil.Process(process.process_id)

    def memory(self) -> Memory:
        """Returns what it has now.

        Raises:
            ToolError: It has ended.
        """
        self._process.check()
        file = Path(f"/proc/{self._process.process_id}/smaps_rollup")
        return memory_in(file.read_text(encoding="utf-8"))

    def cpu_seconds(self) -> float:
        """Returns the CPU time that it has used since its start."""
        times = self._system.cpu_times()
        return times.user + times.system


@contextmanager
def run(make: Callable[[Path], Launch], core: int) -> Generator[Running]:
    """Starts a program on one core, waits until it is ready, and ends it with its block.

    Args:
        make: Returns how it is started, given a folder for its files.
        core: The core that it stays on.

    Raises:
        ToolError: It ends, or is not ready in time.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        launch = make(folder)
        log = folder / "program.log"
        start = time.monotonic()
        with on_cores({core}):
            program = Path(launch.command[0]).name
            process = Process(program, launch.command, launch.environment, PROJECT, log)
        try:
            await_ready(process, launch.probe)
            yield Running(process, launch, time.monotonic() - start)
        finally:
            process.tell_to_stop()
            process.wait_or_kill()


def await_ready(process: Process, probe: str) -> None:
    """Waits until a program's probe succeeds.

    Raises:
        ToolError: It ends, or is not ready in time.
    """
    until = time.monotonic() + READY_SECONDS
    while not _succeeds(probe):
        process.check()
        if time.monotonic() > until:
            words = process.last_words()
            raise ToolError(f"{process.name} was not ready within {READY_SECONDS} s: {words}")
        time.sleep(PROBE_EVERY_SECONDS)


def memory_in(smaps_rollup: str) -> Memory:
    """Returns what the kernel says of a process's memory (proc_pid_smaps(5), smaps_rollup)."""
    found = {name: int(kib) * 1024 for name, kib in _KIB.findall(smaps_rollup)}
    return Memory(found["Rss"], found["Pss"], found["Anonymous"])


def _succeeds(probe: str) -> bool:
    try:
        if probe.startswith("http"):
            return requests.get(probe, timeout=PROBE_SECONDS).ok
        host, _, port = probe.rpartition(":")
        socket.create_connection((host, int(port)), timeout=PROBE_SECONDS).close()
    except (OSError, requests.RequestException):
        return False
    return True
