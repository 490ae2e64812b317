"""What the program takes beside an empty program."""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

from tools.lab.engine import run_program
from tools.lab.errors import ToolError
from tools.lab.fake_provider import FakeProvider
from tools.lab.project import PROJECT, Project, read_project

from .results import Row, write_ratios

STACK: Final = "dev"

ROUNDS: Final = 5
IN_SHORT: Final = 2

CONDITIONS: Final = (
    f"The least processor time of {ROUNDS}, each in a fresh Python process, with providers that "
    "answer at once."
)


def measure_program(*, short: bool = False) -> str:
    """Measures the stack `dev`, and writes `program.md` unless it is short; returns what that says.

    Raises:
        ToolError: A program fails; or it is short, and a ratio is above its limit.
    """
    with TemporaryDirectory() as name:
        ours, empty = _least(write_projects(Path(name)), IN_SHORT if short else ROUNDS)
        what = f"evaluating the stack `{STACK}`, beside an empty program"
        rows = [Row(what, f"{ours:.2f} s", ours / empty, 10)]
    return write_ratios("program", rows, CONDITIONS, short=short)


def write_projects(folder: Path) -> list[Project]:
    """Returns ours, and the empty one, which is written to a folder."""
    ours = read_project(PROJECT, STACK)
    (folder / "__main__.py").write_text("import pulumi\n", encoding="utf-8")
    region = {"aws:region": ours.configuration["aws:region"]}
    return [ours, Project(folder, "empty", STACK, region)]


def _least(projects: Sequence[Project], rounds: int) -> list[float]:
    """Returns the least time of each project: what disturbs a run makes it longer.

    One comes after the other in each round, so that what disturbs the machine disturbs all. A round
    before the first is not counted: it compiles, and fills the caches of files.
    """
    found = [[_run(each) for each in projects] for _ in range(rounds + 1)]
    return [min(times) for times in zip(*found[1:], strict=True)]


def _run(project: Project) -> float:
    """Returns the seconds of a processor that a program takes in a fresh process, or raises."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        try:
            return process.submit(_evaluate, project).result()
        except Exception as error:
            raise ToolError(f"the program in {project.directory} failed: {error}") from None


def _evaluate(project: Project) -> float:
    """Returns what this process, whose start counts, has taken once the program has ended."""
    # Compiled code is kept whatever the environment says: that of a user is, too.
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(PROJECT / "build/bench")
    providers = FakeProvider(project.configuration["aws:region"])
    run_program(project, providers.create, providers.invoke)
    return process_time()
