"""Settings that don't go together."""

from dataclasses import dataclass
from typing import Any

from .problems import Problem, shown


@dataclass(frozen=True)
class Disagreement:
    """A problem that several settings make together."""

    keys: frozenset[str]
    """All of them; where one is wrong in itself, what it disagrees with can't be said."""

    problem: Problem


def missing(key: str, others: set[str], what: str) -> Disagreement:
    """Returns the problem that a setting is needed, and not set.

    Args:
        key: The setting.
        others: Those that ask for it.
        what: Completes the sentence "it must be …".
    """
    return _disagreement(key, others, f"{key} is not set; it must be {what}.")


def unwanted(key: str, value: Any, others: set[str], reason: str) -> Disagreement:
    """Returns the problem that a setting is set where it has no meaning.

    Args:
        key: The setting.
        value: Its value.
        others: Those that leave it no meaning.
        reason: Completes the sentence "it must be left out …".
    """
    return contrary(key, value, others, f"left out {reason}")


def contrary(key: str, value: Any, others: set[str], what: str) -> Disagreement:
    """Returns the problem that a setting has a value that others don't allow.

    Args:
        key: The setting.
        value: Its value.
        others: Those that allow another one only.
        what: Completes the sentence "it must be …".
    """
    return _disagreement(key, others, f"{key} is {shown(value)}; it must be {what}.")


def _disagreement(key: str, others: set[str], sentence: str) -> Disagreement:
    return Disagreement(frozenset({key, *others}), Problem(key, sentence))
