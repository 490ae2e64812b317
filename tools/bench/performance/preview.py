"""How long `pulumi preview` takes: the CLI, Pulumi's engine and the start of providers included."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tools.lab.errors import ToolError

from ..pulumi_cli import copy_of_ours, copy_of_small, find_pulumi, run_pulumi
from .modes import CLUSTER_NAME, EMPTY, EXISTING, NEW, small
from .ratios import goal_of, least, ratio_row
from .row import Conditions, Measured, Row
from .timing import interleaved, warm_environment

ROUNDS: Final = 3

STACK: Final = "dev"

GOALS: Final[Mapping[str, float]] = {EXISTING: 1.5, NEW: 3}
"""Beside an empty program."""

PROVIDERS: Final[Mapping[str, str]] = {EXISTING: "existing_providers", NEW: "new_providers"}
"""The programs that make one resource of each provider that ours needs, and no more."""

ALL: Final = (EMPTY, *PROVIDERS.values(), *GOALS)

NO_CLI: Final = "left out: no pulumi CLI is on PATH"
IN_SHORT: Final = "left out: it takes a minute"

CONDITIONS: Final = (
    "wall-clock time of the command, the least of {rounds}; state in a folder, stacks made before, "
    "everything compiled before; with the CLI and the providers that are installed here. What "
    "one resource of each provider takes beyond an empty program is their start, in which our "
    "program has no hand"
)


class PreviewFailedError(ToolError):
    """The CLI failed; the message is its own."""


@dataclass
class Previews:
    """What previews took, and why others failed."""

    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    failures: dict[str, str] = field(default_factory=dict[str, str])
    """By the name of the program: why it has no time."""


def measure_preview(conditions: Conditions) -> Measured:
    """Measures previews of the program on a cluster that exists and with a new one.

    Beside that of an empty program, and of those that only have the same providers started.
    """
    missing = NO_CLI if find_pulumi() is None else IN_SHORT if conditions.short else None
    if missing is not None:
        return Measured([_untimed(mode, EMPTY, missing, goal) for mode, goal in GOALS.items()])
    with TemporaryDirectory() as folder:
        found = _preview_all(Path(folder))
    return Measured(
        rows(found),
        data={"seconds": found.seconds, "failures": found.failures},
        conditions=CONDITIONS.format(rounds=ROUNDS),
    )


def rows(found: Previews) -> list[Row]:
    """Returns the rows of what was timed; one that lacks a time says why."""
    return [
        row
        for mode, goal in GOALS.items()
        for row in (_row(found, mode, EMPTY, goal), _row(found, PROVIDERS[mode], EMPTY, None))
    ]


def first_error(output: str) -> str:
    """Returns the first error among what the CLI said, in one line without the word itself.

    Args:
        output: All that it said.
    """
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.partition("error: ")[2] for line in lines if "error: " in line]
    return next((error for error in errors if error), lines[-1] if lines else "it said nothing")


def _row(found: Previews, name: str, beside: str, goal: float | None) -> Row:
    for each in (name, beside):
        if each in found.failures:
            return _untimed(name, beside, found.failures[each], goal)
    ratio = least(found.seconds[name]) / least(found.seconds[beside])
    return ratio_row(_what(name), beside, ratio, goal)


def _untimed(name: str, beside: str, why: str, goal: float | None) -> Row:
    return Row(_what(name), beside, why, goal_of(goal))


def _what(name: str) -> str:
    modes = {providers: mode for mode, providers in PROVIDERS.items()}
    if name in modes:
        return f"pulumi preview, one resource of each provider of it ({modes[name]})"
    return f"pulumi preview, {name}"


def _preview_all(folder: Path) -> Previews:
    found = Previews()
    stacks = {name: _Stack(folder / str(number), name) for number, name in enumerate(ALL)}
    for name, stack in stacks.items():
        try:
            stack.make()
        except PreviewFailedError as failed:
            found.failures[name] = f"failed: {failed}"
    found.seconds = interleaved(
        {name: partial(_seconds, stack, found.failures) for name, stack in stacks.items()}, ROUNDS
    )
    return found


def _seconds(stack: "_Stack", failures: dict[str, str]) -> float:
    """Returns how long a preview takes, in seconds; no number where it or an earlier one failed."""
    if stack.program in failures:
        return math.nan
    started = time.monotonic()
    try:
        stack.run("preview")
    except PreviewFailedError as failed:
        failures[stack.program] = f"failed: {failed}"
        return math.nan
    return time.monotonic() - started


@dataclass(frozen=True)
class _Stack:
    """A stack of a program, in a folder with a copy of the program and the stack's state."""

    folder: Path
    program: str

    def make(self) -> None:
        """Makes the stack.

        Raises:
            PreviewFailedError: The CLI failed.
        """
        for each in (self._project, self._state):
            each.mkdir(parents=True)
        if self.program in GOALS:
            copy_of_ours(self._project)
        else:
            name = "empty" if self.program == EMPTY else self.program
            copy_of_small(small(name), self._project)
        self.run("stack", "init", STACK)
        if self.program == EXISTING:
            self.run("config", "set", "--stack", STACK, CLUSTER_NAME, "shop")

    def run(self, *command: str) -> None:
        """Runs a command of the CLI.

        Raises:
            PreviewFailedError: It failed.
        """
        environment = warm_environment()
        ended = run_pulumi(self._project, self._state, *command, environment=environment)
        if ended.returncode != 0:
            raise PreviewFailedError(first_error(ended.stdout + ended.stderr))

    @property
    def _project(self) -> Path:
        return self.folder / "project"

    @property
    def _state(self) -> Path:
        return self.folder / "state"
