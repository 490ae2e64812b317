"""What a rollout loses: segments sent through the Service that never reach the X-Ray API."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contenders import Contender
from .results import RESULTS, write_table
from .stage import RATE, Load, Stage
from .xray_api import XRayApi

SETTLE_SECONDS: Final = 10
"""How long the last segments may take to the API."""


@dataclass(frozen=True)
class Loss:
    """What one sender lost."""

    contender: str
    lookup: str
    sent: int
    lost: int


def measure_loss(
    stage: Stage, api: XRayApi, contender: Contender, seconds: int, number: int
) -> list[Loss]:
    """Sends through a contender for some seconds, with a rollout of it in the middle.

    Args:
        stage: Where it runs.
        api: Counts what arrives.
        contender: What is measured.
        seconds: How long is sent.
        number: Tells its senders from those of other contenders.
    """
    return under_load(
        *(stage, api, contender, seconds, number), [lambda: stage.roll_out(contender)]
    )


def under_load(
    stage: Stage,
    api: XRayApi,
    contender: Contender,
    seconds: int,
    number: int,
    changes: Sequence[Callable[[], None]],
) -> list[Loss]:
    """Sends through a contender while it is changed; returns what each sender lost.

    Two senders send: one looks its address up once, and one does for each segment. The changes
    begin in equal distances. See `measure_loss`.
    """
    stage.deploy(contender)
    loads = [
        Load(f"sender-{number}-{lookup}", f"{number:x}{index:x}b0", contender, seconds, lookup)
        for index, lookup in enumerate(("once", "each"))
    ]
    for load in loads:
        stage.start(load)
    start = time.monotonic()
    for count, change in enumerate(changes, start=1):
        begin = start + count * seconds / (len(changes) + 1)
        time.sleep(max(begin - time.monotonic(), 0))
        change()
    for load in loads:
        stage.await_end(load)
    time.sleep(SETTLE_SECONDS)
    return [
        Loss(contender.name, each.lookup, each.total, each.total - api.count(each.prefix))
        for each in loads
    ]


def write_loss(losses: Sequence[Loss], seconds: int, image: str, folder: Path = RESULTS) -> str:
    """Writes `loss.md`; returns what it says."""
    rows = [
        (
            *(each.contender, each.lookup, f"{each.sent:,}", f"{each.lost:,}"),
            f"{100 * each.lost / each.sent:.2f} %",
        )
        for each in losses
    ]
    return write_table(
        "loss",
        ("manifest", "name looked up", "sent", "lost", "share"),
        rows,
        f"{RATE} segments/s of each sender for {seconds} s, through the Service, with a rollout "
        f"after half of them; one node; {image}. `once` looks the Service's name up at the start, "
        "as the SDKs for Java and Go do; `each` for each segment, as the one for Python does.",
        folder,
    )
