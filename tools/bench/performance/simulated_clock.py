"""A clock on which steps begin and end without anything being made."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from graphlib import TopologicalSorter

Waits = Mapping[str, Set[str]]
"""What each step waits for, by names; a step that waits for nothing may be left out."""


@dataclass(frozen=True)
class Span:
    """When a step begins and ends, in seconds since the first began."""

    begin: float
    end: float


def run_clock(seconds: Mapping[str, float], waits: Waits) -> dict[str, Span]:
    """Returns when each step is made: as soon as all that it waits for has ended.

    Any number of steps is made at once.

    Args:
        seconds: How long each step takes.
        waits: What each waits for; all of it is among the steps.

    Raises:
        graphlib.CycleError: Steps wait for each other.
    """
    spans: dict[str, Span] = {}
    graph = {step: waits.get(step, frozenset()) for step in seconds}
    for step in TopologicalSorter(graph).static_order():
        begin = max((spans[each].end for each in graph[step]), default=0.0)
        spans[step] = Span(begin, begin + seconds[step])
    return spans


def longest_chain(spans: Mapping[str, Span], waits: Waits, last: str) -> list[str]:
    """Returns the steps that keep a step from being there sooner, from the first to itself.

    Where two ended at the same moment, it is the one whose name comes first.

    Args:
        spans: When each step is made.
        waits: What each waits for.
        last: The step.
    """
    chain = [last]
    while before := waits.get(chain[-1]):
        chain.append(min(before, key=lambda step: (-spans[step].end, step)))
    return chain[::-1]


def ahead_of(step: str, waits: Waits) -> set[str]:
    """Returns everything that a step waits for, on however long a way."""
    seen: set[str] = set()
    ahead = [step]
    while ahead:
        found = waits.get(ahead.pop(), frozenset()) - seen
        seen |= found
        ahead += found
    return seen
