"""What is lost while a running cluster goes from one backend to the other and back."""

import time
from dataclasses import dataclass

from .contenders import Contender
from .loss import SETTLE_SECONDS, loads_through
from .stage import Stage
from .xray_api import XRayApi


@dataclass(frozen=True)
class Switched:
    """What one sender lost while its daemon was switched twice."""

    lookup: str
    sent: int
    lost: int
    to_collector_seconds: float
    """From the first object that changed until every pod was new and ready."""

    back_seconds: float


def measure_switch(
    stage: Stage, api: XRayApi, daemon: Contender, collector: Contender, seconds: int
) -> list[Switched]:
    """Sends through the daemon's address, and puts a collector there and the daemon back.

    Args:
        stage: Where they run.
        api: Counts what arrives.
        daemon: The daemon's objects.
        collector: The collector's, of the same names.
        seconds: How long is sent; a switch is begun after each third.
    """
    stage.deploy(daemon)
    loads = loads_through(daemon, seconds, 0)
    for load in loads:
        stage.start(load)
    start = time.monotonic()
    took: list[float] = []
    for number, contender in enumerate((collector, daemon), start=1):
        time.sleep(max(start + number * seconds / 3 - time.monotonic(), 0))
        begun = time.monotonic()
        stage.deploy(contender)
        took.append(time.monotonic() - begun)
    for load in loads:
        stage.await_end(load)
    time.sleep(SETTLE_SECONDS)
    return [
        Switched(each.lookup, each.total, each.total - api.count(each.prefix), *took)
        for each in loads
    ]
