"""What can't begin before something else has ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .simulated_clock import Waits


@dataclass(frozen=True)
class Need:
    """Steps that can't begin before others have ended; patterns of their labels."""

    steps: tuple[str, ...]
    before: tuple[str, ...]
    why: str


def necessary_waits(steps: Collection[str], needs: Sequence[Need]) -> Waits:
    """Returns what each step must wait for, of the steps that there are.

    Args:
        steps: Labels of all.
        needs: What needs what.
    """
    waits: dict[str, set[str]] = {step: set() for step in steps}
    for need in needs:
        before = {each for each in steps if _matches(each, need.before)}
        for step in steps:
            if _matches(step, need.steps):
                waits[step] |= before
    return waits


def _matches(step: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(step, each) for each in patterns)
