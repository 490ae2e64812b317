"""Throughput and memory of the X-Ray daemon and a collector, each on one core of this machine."""

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Final

import psutil

from tools.lab.errors import ToolError
from tools.lab.interruption import Interruption
from tools.lab.processes import Processes
from tools.lab.project import PROJECT
from tools.rehearsal.agent_program import AgentProgram, find_collector, find_daemon
from tools.rehearsal.network import HOST, Addresses
from tools.rehearsal.stage import Agent, start_agent

from .contenders import CREDENTIALS, declared
from .results import write_table
from .stage import RATE
from .xray_api import XRayApi, start_xray_api

STEP_SECONDS: Final = 8
"""How long is sent at a rate."""

TAIL_SECONDS: Final = 2.0
"""How long after it was sent the last segment may arrive: both agents wait for a second at most
until a batch is full. One that takes longer has got behind."""

BUSY: Final = 0.9
"""Which share of a core sender and sink may have; with more, they are what limits a rate."""

AGENTS: Final = {"dev": ("X-Ray daemon", find_daemon), "collector": ("collector", find_collector)}
"""What each agent is called, and what checks its program, by the stack that declares it."""

MIB: Final = 1024 * 1024

_prefixes = count(1)


@dataclass(frozen=True)
class Step:
    """What came of sending at one rate to a program that was started for it."""

    rate: int
    lost: int
    limited: bool
    """Whether the sender or the sink, and not the program, may be what allows no more."""

    cpu_seconds: float
    resident: int
    """The most of the program's pages that were in memory, in bytes."""

    anonymous: int
    """Of them, what is no page of a file: heap and stacks."""

    @property
    def cpu_per_thousand(self) -> float:
        """Returns the milliseconds of CPU time for 1,000 segments that arrived."""
        return 1e6 * self.cpu_seconds / max(self.rate * STEP_SECONDS - self.lost, 1)

    @property
    def taken(self) -> bool:
        """Returns whether the program takes this rate: all arrive, and no queue grows."""
        return self.lost == 0 and self.cpu_per_thousand * self.rate <= 1e6


@dataclass(frozen=True)
class Figures:
    """What was measured of one program."""

    name: str
    version: str
    usual: Step
    highest: Step
    limited: bool
    """Whether sender and sink may allow no higher rate, so that the program's is not known."""


ROWS: Final[Mapping[str, Callable[[Figures], float]]] = {
    "segments/s on one core, none lost": lambda of: of.highest.rate,
    f"ms of CPU per 1,000 segments, at {RATE}/s": lambda of: of.usual.cpu_per_thousand,
    "ms of CPU per 1,000 segments, at the highest": lambda of: of.highest.cpu_per_thousand,
    f"MiB of RSS at {RATE}/s": lambda of: of.usual.resident / MIB,
    f"MiB of it anonymous at {RATE}/s": lambda of: of.usual.anonymous / MIB,
    "MiB of RSS at the highest": lambda of: of.highest.resident / MIB,
    "MiB of it anonymous at the highest": lambda of: of.highest.anonymous / MIB,
}
"""The figure of each line of the table."""


def measure_agents(programs: Mapping[str, Path | None]) -> str:
    """Measures programs one after the other; writes `agents.md` and returns what it says."""
    if not any(programs.values()):
        raise ToolError("neither --daemon nor --collector is set; name a program to measure.")
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        raise ToolError("`agents` needs Linux and 2 cores or more: one is the program's alone.")
    *others, core = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, others)
    measured: list[Figures] = []
    with start_xray_api(HOST) as api:
        for stack, program in programs.items():
            if program is not None:
                name, find = AGENTS[stack]
                found = find(program)
                step = partial(measure_step, found.command, stack, core, api)
                usual = step(RATE)
                version = found.description.removesuffix(f", {program}")
                measured.append(Figures(name, version, usual, *highest_step(step, usual)))
    return write_agents(measured)


@contextmanager
def _running(
    command: Sequence[str], stack: str, core: int, api: XRayApi
) -> Generator[tuple[psutil.Process, str]]:
    """Starts a program as a stack's pod starts it, on a core, and ends it with its block.

    Gives its process, and where it takes segments.
    """
    # What Go makes of the pods' limit of one CPU, in programs that know of it (Go 1.25).
    alone = ("env", "GOMAXPROCS=1", "taskset", "--cpu-list", str(core), *command)
    agent = Agent(AgentProgram(alone, ""), CREDENTIALS, api.endpoint)
    with TemporaryDirectory() as name:
        processes = Processes(Path(name), Interruption())
        try:
            started = start_agent(declared(stack), agent, Path(name), processes, Addresses())
            ((pod, process),) = started
            yield psutil.Process(process.process_id), f"{HOST}:{pod.port}"
            processes.check()
        finally:
            processes.end_all()


def measure_step(command: Sequence[str], stack: str, core: int, api: XRayApi, rate: int) -> Step:
    """Starts a program, sends at a rate, and counts what arrives; see `_running`."""
    prefix, total = f"{next(_prefixes):04x}", rate * STEP_SECONDS
    with _running(command, stack, core, api) as (process, address):
        used, of_sink = process.cpu_times(), time.process_time()
        memory = [process.memory_info()]
        arguments = [address, str(rate), str(STEP_SECONDS), prefix, "once"]
        command = [sys.executable, "-m", "tools.bench.sender", *arguments]
        with Popen(command, cwd=PROJECT, stdout=PIPE, text=True) as sender:
            while sender.poll() is None:
                memory.append(process.memory_info())
                time.sleep(0.25)
            said = json.loads(sender.communicate()[0])
        until = time.monotonic() + TAIL_SECONDS
        while len(api.arrived[prefix]) < total and time.monotonic() < until:
            memory.append(process.memory_info())
            time.sleep(0.25)
        now, of_sink = process.cpu_times(), time.process_time() - of_sink
    busy = of_sink, said["seconds"] - said["idle"]
    # They may have to share one core.
    share = max(*busy, sum(busy) / len(os.sched_getaffinity(0))) / said["seconds"]
    lost, most = total - len(api.arrived[prefix]), max(memory)
    del api.arrived[prefix]
    return Step(
        rate=rate,
        lost=lost,
        limited=share > BUSY,
        cpu_seconds=now.user + now.system - used.user - used.system,
        resident=most.rss,
        anonymous=most.rss - most.shared,
    )


def highest_step(measure: Callable[[int], Step], usual: Step) -> tuple[Step, bool]:
    """Returns the step at the highest rate that a program takes, and whether others limit it.

    Doubles the usual rate until one is refused, then halves the gap four times.
    """

    def attempt(rate: int) -> Step:
        # Something else may run on the core for a moment: a rate is refused by the second step.
        first = measure(rate)
        return first if first.taken else measure(rate)

    highest, refused = usual, attempt(2 * usual.rate)
    while refused.taken and not refused.limited:
        highest, refused = refused, attempt(2 * refused.rate)
    for _ in range(4):
        middle = attempt((highest.rate + refused.rate) // 2)
        if middle.taken and not middle.limited:
            highest = middle
        else:
            refused = middle
    return highest, refused.limited


def write_agents(measured: Sequence[Figures]) -> str:
    """Writes `agents.md`, in which ratios are to the first program; returns what it says."""
    first, *others = measured
    rows = [["", first.name, *(cell for each in others for cell in (each.name, "ratio"))]]
    for name, figure in ROWS.items():
        rows.append([name, f"{figure(first):,.0f}"])
        for each in others:
            rows[-1] += [f"{figure(each):,.0f}", f"{figure(each) / figure(first):.2f} ×"]
    limited = [each.name for each in measured if each.limited]
    return write_table(
        "agents",
        rows[0],
        rows[1:],
        f"{', '.join(each.version for each in measured)}; one core for the program alone "
        "(GOMAXPROCS=1), with the arguments, files and environment of its pod. The sink answers "
        f"at once, without TLS. A rate is sent for {STEP_SECONDS} s, and taken where all arrive "
        f"within {TAIL_SECONDS:.0f} s of being sent. Memory is the most that was seen."
        + "".join(f" Sender and sink allow no higher rate of the {each}." for each in limited),
    )
