"""What the program takes beside the same resources declared plainly, and an empty program."""

import json
import shutil
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

NOT_PLAIN: Final = ("xray-on-kubernetes:", "pulumi:")
"""How types begin that the plain program does without: our components, and explicit providers."""

CONDITIONS: Final = (
    f"The least processor time of {ROUNDS}, each in a fresh Python process, with providers that "
    "answer at once. The same resources are declared one by one from literal inputs, by the classes"
    " of the same packages."
)


def measure_program(*, short: bool = False) -> str:
    """Measures the stack `dev`, and writes `program.md` unless it is short; returns what that says.

    Raises:
        ToolError: A program fails; or it is short, and a ratio is above its limit.
    """
    with TemporaryDirectory() as name:
        projects = write_projects(Path(name))
        ours, plain, empty = _least(projects, IN_SHORT if short else ROUNDS)
        what, figure = f"evaluating the stack `{STACK}`", f"{ours:.2f} s"
        rows = [
            Row(f"{what}, beside an empty program", figure, ours / empty, 10),
            Row(f"{what}, beside the same resources declared plainly", figure, ours / plain, 2),
        ]
    return write_ratios("program", rows, CONDITIONS, short=short)


def write_projects(folder: Path) -> list[Project]:
    """Returns ours, the plain one and the empty one, which are written to a folder."""
    ours = read_project(PROJECT, STACK)
    providers = FakeProvider(ours.configuration["aws:region"])
    declared = run_program(ours, providers.create, providers.invoke).resources
    lines = [
        json.dumps({"urn": urn, "type": each.type, "name": each.name, "inputs": each.inputs})
        for urn, each in declared.items()
        if not each.type.startswith(NOT_PLAIN)
        # What a component of another package makes inside itself.
        and not (each.parent and declared[each.parent].type.startswith("eks:"))
    ]
    plain, empty = folder / "plain", folder / "empty"
    plain.mkdir()
    shutil.copy(Path(__file__).parent / "plain_program.py", plain / "__main__.py")
    (plain / "resources.jsonl").write_text("\n".join(lines), encoding="utf-8")
    empty.mkdir()
    (empty / "__main__.py").write_text("import pulumi\n", encoding="utf-8")
    region = {"aws:region": ours.configuration["aws:region"]}
    return [ours, *(Project(each, each.name, STACK, region) for each in (plain, empty))]


def _least(projects: Sequence[Project], rounds: int) -> list[float]:
    """Returns the least time of each project: what disturbs a run makes it longer.

    One comes after the other in each round, so that what disturbs the machine disturbs all. A round
    before the first is not counted: it compiles, and fills the caches of files.
    """
    found = [[_run(each) for each in projects] for _ in range(rounds + 1)]
    return [min(times) for times in zip(*found[1:], strict=True)]


def _run(project: Project) -> float:
    """Returns the seconds of a processor that a program takes in a fresh process.

    Raises:
        ToolError: It failed.
    """
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
