"""How many segments a rollout loses."""

import time
from dataclasses import dataclass
from typing import Final

from .contenders import Contender
from .stage import Load, Stage
from .xray_api import XRayApi

RATE: Final = 500
"""Segments a second of each sender."""

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

    It has two senders, one that looks its address up once and one that does for each segment.

    Args:
        stage: Where they run.
        api: Counts what arrives.
        contender: What is measured.
        seconds: How long each sender sends.
        number: Tells its senders from those of other contenders.
    """
    stage.deploy(contender)
    loads = loads_through(contender, seconds, number)
    for load in loads:
        stage.start(load)
    time.sleep(seconds / 2)
    stage.roll_out(contender)
    for load in loads:
        stage.await_end(load)
    time.sleep(SETTLE_SECONDS)
    return [
        Loss(contender.name, each.lookup, each.total, each.total - len(api.arrived(each.prefix)))
        for each in loads
    ]


def loads_through(contender: Contender, seconds: int, number: int) -> list[Load]:
    """Returns two senders: one looks the Service's name up once, one does for each segment.

    Args:
        contender: What they send to.
        seconds: How long each sends.
        number: Tells them from other senders, up to 15.
    """
    return [
        Load(
            name=f"sender-{number}-{lookup}",
            prefix=f"{number:x}{index:x}b0",
            host=f"xray-service.{contender.namespace}",
            rate=RATE,
            seconds=seconds,
            lookup=lookup,
        )
        for index, lookup in enumerate(("once", "each"))
    ]
