"""How long the whole program takes by itself, before any cloud does anything."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from tools.lab.project import Project

from .modes import EMPTY, EXISTING, NEW, ours, small
from .ratios import least, ratio_row
from .row import Conditions, Measured, Row
from .timing import evaluated, interleaved

ROUNDS: Final = 5
ROUNDS_IN_SHORT: Final = 2

GOALS: Final[Mapping[str, float]] = {EXISTING: 1.5, NEW: 2}
"""Beside an empty program."""

PACKAGES: Final[Mapping[str, str]] = {EXISTING: "existing_packages", NEW: "new_packages"}
"""The programs that load the same parts of the providers' packages, and do no more."""

GOAL_BESIDE_PACKAGES: Final = 1.75
"""What is beyond is our own: settings, components, and to declare the resources."""

CONDITIONS: Final = (
    "processor time of a fresh Python process from its start to its end, the least of {rounds}, "
    "everything compiled before; on Pulumi's own Python runtime, with providers that answer at "
    "once. To load the providers' own Python packages alone takes {existing:.1f} × as long as an "
    "empty program for an existing cluster, and {new:.1f} × for a new one"
)


def measure_evaluation(conditions: Conditions) -> Measured:
    """Measures the program on a cluster that exists and with a new one.

    Beside an empty program, and beside one that does no more than load the same parts of the
    providers' packages, which every program pays for that makes such resources by them.
    """
    rounds = ROUNDS_IN_SHORT if conditions.short else ROUNDS
    projects = {EMPTY: small("empty")}
    for mode, packages in PACKAGES.items():
        projects |= {packages: small(packages), mode: ours(mode)}
    seconds = interleaved(
        {name: partial(_seconds, project) for name, project in projects.items()}, rounds
    )
    times = {name: least(each) for name, each in seconds.items()}
    return Measured(
        # That goals are missed beside an empty program is known, and no news to CI.
        rows(times, judge_empty=not conditions.short),
        data={"processor_seconds": seconds},
        conditions=CONDITIONS.format(
            rounds=rounds,
            existing=times[PACKAGES[EXISTING]] / times[EMPTY],
            new=times[PACKAGES[NEW]] / times[EMPTY],
        ),
    )


def rows(seconds: Mapping[str, float], *, judge_empty: bool) -> list[Row]:
    """Returns the rows of what was timed.

    Args:
        seconds: Of our program in both modes, and of what it is measured beside.
        judge_empty: Whether it is said if the goals beside an empty program hold.
    """
    found: list[Row] = []
    for mode, goal in GOALS.items():
        what, took, packages = f"evaluating the program, {mode}", seconds[mode], PACKAGES[mode]
        found += [
            ratio_row(what, EMPTY, took / seconds[EMPTY], goal, judged=judge_empty),
            ratio_row(
                what,
                "one that only loads the providers' packages",
                took / seconds[packages],
                GOAL_BESIDE_PACKAGES,
            ),
        ]
    return found


def _seconds(project: Project) -> float:
    return evaluated([project]).whole
