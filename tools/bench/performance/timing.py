"""Times programs beside each other, on a machine that has other things to do as well."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

from tools.lab.errors import ToolError
from tools.lab.project import PROJECT, Project

Name = TypeVar("Name")

COMPILED: Final = PROJECT / "build/bench/compiled"
"""Where Python keeps what it has compiled, whatever the environment says of that."""


@dataclass(frozen=True)
class Evaluated:
    """How long programs took a processor, in seconds: what they cost where nothing else runs."""

    whole: float
    """Of the process, from its start to its end."""

    each: Sequence[float]
    """Of each program in it, in their order; what one has loaded, the next ones find."""


def interleaved(runs: Mapping[Name, Callable[[], float]], rounds: int) -> dict[Name, list[float]]:
    """Returns what each run gave in each round.

    One comes after the other in each round, so that what disturbs the machine disturbs all. A round
    before the first one is not counted: it compiles, and fills the caches of files.

    Args:
        runs: Each gives seconds.
        rounds: How many count.
    """
    found: dict[Name, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        for name, run in runs.items():
            seconds = run()
            if number > 0:
                found[name].append(seconds)
    return found


def evaluated(projects: Sequence[Project]) -> Evaluated:
    """Evaluates programs, one after the other, in a fresh process.

    Raises:
        ToolError: One failed; the message has the last line that it said.
    """
    given = [{**asdict(each), "directory": str(each.directory)} for each in projects]
    before = _of_children()
    ended = subprocess.run(
        [sys.executable, "-m", "tools.bench.performance.evaluate"],
        input=json.dumps(given),
        cwd=PROJECT,
        env=warm_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        last = (ended.stderr.strip() or "it said nothing").splitlines()[-1]
        raise ToolError(f"the program of {projects[-1].directory} failed: {last}")
    return Evaluated(_of_children() - before, json.loads(ended.stdout))


def warm_environment() -> dict[str, str]:
    """Returns the environment of a process that finds compiled what it loads, as a user's does."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(COMPILED)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
