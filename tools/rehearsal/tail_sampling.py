"""Whether a gateway kept what tail sampling asks for."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from components.agent.collector.tail_sampling import TailSampling

ODDS: Final = 1_000_000
"""Of so many gateways that are right, one at most is called wrong."""


class Answer(NamedTuple):
    """What came back for a request."""

    status: str
    """The HTTP status, or the name of the error."""

    seconds: float


@dataclass(frozen=True)
class Share:
    """The traces that a gateway need not keep."""

    percent: float
    dropped: frozenset[str]
    """Those of them that did not arrive."""

    drawn: frozenset[str]
    """Those that nothing but the share keeps; what a client took for slow may not have been."""

    @property
    def bounds(self) -> tuple[int, int]:
        """Returns the least and the most that are kept of `drawn`, by Bernstein's inequality."""
        count, share = len(self.drawn), self.percent / 100
        variance, third = count * share * (1 - share), math.log(2 * ODDS) / 3
        off = third + math.sqrt(third**2 + 6 * third * variance) if variance else 0
        return math.ceil(max(count * share - off, 0)), math.floor(min(count * share + off, count))

    def __str__(self) -> str:
        (least, most), kept = self.bounds, len(self.drawn - self.dropped)
        return (
            f"of {len(self.drawn)} traces that nothing but tailSampling.percent keeps {kept} were "
            f"kept; at {self.percent:g} % it must be {least} to {most}."
        )

    def problem(self) -> str | None:
        """Returns a sentence where too many were kept, or too few."""
        least, most = self.bounds
        return None if least <= len(self.drawn - self.dropped) <= most else str(self)


def share_of(
    sampling: TailSampling, answers: Mapping[str, Answer], arrived: Collection[str]
) -> Share:
    """Returns what a gateway need not keep of the traces that were sent.

    Args:
        sampling: Which traces it keeps.
        answers: What came back for the requests that were sent, by trace.
        arrived: The traces that arrived.
    """
    keep_faults, slow = sampling["keep_faults"], sampling["slow_milliseconds"] or math.inf
    faults = {each for each, answer in answers.items() if answer.status.startswith("5")}
    may_drop = answers.keys() - (faults if keep_faults else set[str]())
    return Share(
        percent=sampling["percent"],
        dropped=frozenset(may_drop - set(arrived)),
        drawn=frozenset(
            each
            for each in may_drop
            if answers[each].seconds * 1000 <= slow
            and (answers[each].status == "200" or each in faults)
        ),
    )
