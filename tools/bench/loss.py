"""What a rollout, or a change of the agent, loses: segments that never reach the X-Ray API."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from .contenders import Contender
from .results import write_table
from .stage import RATE, Load, Stage
from .xray_api import XRayApi

SETTLE_SECONDS: Final = 10
"""How long the last segments may take to the API."""


def measure_loss(
    stage: Stage, api: XRayApi, contenders: Sequence[Contender], seconds: int, image: str
) -> str:
    """Sends through each contender for some seconds, with a rollout of it in the middle."""
    rows: list[Sequence[str]] = []
    # One after the other, each alone: a rollout makes kube-proxy look after the flows of all.
    for number, contender in enumerate(contenders):
        changes = [partial(stage.roll_out, contender)]
        for load, lost in _under_load(stage, api, contender, seconds, number, changes):
            share = f"{100 * lost / load.total:.2f} %"
            rows.append((contender.name, load.lookup, f"{load.total:,}", f"{lost:,}", share))
        stage.api_server.delete_all()
    return write_table(
        "loss",
        ("manifest", "name looked up", "sent", "lost", "share"),
        rows,
        f"{RATE} segments/s of each sender for {seconds} s, through the Service, with a rollout "
        f"after half of them; one node; {image}. `once` looks the Service's name up at the start, "
        "as the SDKs for Java and Go do; `each` for each segment, as the one for Python does.",
    )


def measure_switch(
    stage: Stage, api: XRayApi, daemon: Contender, collector: Contender, seconds: int, images: str
) -> str:
    """Sends through the daemon, puts a collector in its place, and the daemon back."""
    took: list[str] = []

    def switch(contender: Contender) -> None:
        begun = time.monotonic()
        stage.deploy(contender)
        took.append(f"{time.monotonic() - begun:.0f} s")

    changes = [partial(switch, collector), partial(switch, daemon)]
    losses = _under_load(stage, api, daemon, seconds, 0, changes)
    return write_table(
        "switch",
        ("name looked up", "sent", "lost", "to the collector", "back"),
        [(load.lookup, f"{load.total:,}", f"{lost:,}", *took) for load, lost in losses],
        f"{RATE} segments/s of each sender for {seconds} s, through the Service; the agent changes "
        f"from daemon to collector after a third, and back after two; one node; {images}.",
    )


def _under_load(
    stage: Stage,
    api: XRayApi,
    contender: Contender,
    seconds: int,
    number: int,
    changes: Sequence[Callable[[], None]],
) -> list[tuple[Load, int]]:
    """Sends through a contender while it is changed; returns what was sent, and how much is lost.

    Two senders send: one looks its address up once, and one does for each segment. The changes
    begin in equal distances. The number tells the senders from those of other contenders.
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
    return [(load, load.total - len(api.arrived[load.prefix])) for load in loads]
