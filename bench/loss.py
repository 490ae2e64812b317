"""How many segments a rollout loses: ours and aws-samples' side by side, in one run."""

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
    stage: Stage, api: XRayApi, contenders: list[Contender], seconds: int
) -> list[Loss]:
    """Sends through each contender for some seconds, with a rollout of each in the middle.

    Each has two senders, one that looks its address up once and one that does for each segment.
    """
    stage.deploy(contenders)
    loads = {
        contender.name: [
            Load(
                name=f"{contender.name}-{lookup}",
                prefix=f"{index:x}{number:x}b0",
                host=f"xray-service.{contender.namespace}",
                rate=RATE,
                seconds=seconds,
                lookup=lookup,
            )
            for number, lookup in enumerate(("once", "each"))
        ]
        for index, contender in enumerate(contenders)
    }
    all_loads = [load for of_contender in loads.values() for load in of_contender]
    for load in all_loads:
        stage.start(load)
    time.sleep(seconds / 2)
    for contender in contenders:
        stage.roll_out(contender)
    for load in all_loads:
        stage.await_end(load)
    time.sleep(SETTLE_SECONDS)
    return [
        Loss(name, load.lookup, load.total, load.total - len(api.arrived(load.prefix)))
        for name, of_contender in loads.items()
        for load in of_contender
    ]
