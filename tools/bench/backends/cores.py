"""Which core the measured program has, and which ones the rest."""

import os
import sys
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass

from tools.lab.errors import ToolError


@dataclass(frozen=True)
class Cores:
    """The cores of this machine that this process may use, divided in two."""

    of_program: int
    """The one that is the measured program's alone."""

    of_others: frozenset[int]
    """Those of the sender, the sink and whoever measures."""

    @property
    def total(self) -> int:
        """Returns how many there are."""
        return 1 + len(self.of_others)


def divide_cores() -> Cores:
    """Returns the cores of this machine, the last one for the program.

    Raises:
        ToolError: There is only one, or the machine can't keep a process on one.
    """
    if sys.platform != "linux":
        raise ToolError(f"This is {sys.platform}; it must be Linux: processes stay on a core.")
    *others, last = sorted(os.sched_getaffinity(0))
    if not others:
        raise ToolError(
            "This machine has 1 core; it must have 2 or more: one is the measured program's alone."
        )
    return Cores(last, frozenset(others))


@contextmanager
def on_cores(cores: Collection[int]) -> Generator[None]:
    """Keeps this thread, and the processes that it starts, on some cores for the block's time."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
