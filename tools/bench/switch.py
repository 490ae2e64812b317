"""What is lost while a running cluster goes from one agent to the other and back."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .contenders import Contender
from .loss import under_load
from .results import RESULTS, write_table
from .stage import RATE, Stage
from .xray_api import XRayApi


@dataclass(frozen=True)
class Switched:
    """What one sender lost while the agent was switched twice."""

    lookup: str
    sent: int
    lost: int
    to_collector_seconds: float
    """From the first object that changed until every pod was new and ready."""

    back_seconds: float


def measure_switch(
    stage: Stage, api: XRayApi, daemon: Contender, collector: Contender, seconds: int
) -> list[Switched]:
    """Sends through the agent's address, and puts a collector there and the daemon back.

    Args:
        stage: Where they run.
        api: Counts what arrives.
        daemon: The daemon's objects.
        collector: The collector's, of the same names.
        seconds: How long is sent; a switch begins after each third.
    """
    took: list[float] = []

    def switch(contender: Contender) -> None:
        begun = time.monotonic()
        stage.deploy(contender)
        took.append(time.monotonic() - begun)

    changes: list[Callable[[], None]] = [partial(switch, each) for each in (collector, daemon)]
    losses = under_load(stage, api, daemon, seconds, 0, changes)
    return [Switched(each.lookup, each.sent, each.lost, *took) for each in losses]


def write_switch(
    switched: Sequence[Switched], seconds: int, images: str, folder: Path = RESULTS
) -> str:
    """Writes `switch.md`; returns what it says."""
    rows = [
        (
            *(each.lookup, f"{each.sent:,}", f"{each.lost:,}"),
            *(f"{each.to_collector_seconds:.0f} s", f"{each.back_seconds:.0f} s"),
        )
        for each in switched
    ]
    return write_table(
        "switch",
        ("name looked up", "sent", "lost", "to the collector", "back"),
        rows,
        f"{RATE} segments/s of each sender for {seconds} s, through the Service; the agent changes "
        f"from daemon to collector after a third, and back after two; one node; {images}.",
        folder,
    )
