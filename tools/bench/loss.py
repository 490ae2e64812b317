"""What a rollout, or a change of the agent, loses: segments that never reach the X-Ray API."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from .contenders import Contender
from .results import write_table
from .stage import RATE, Load, Stage
from .xray_api import ResponseMode, XRayApi

SETTLE_SECONDS: Final = 10
"""How long the last segments may take to the API."""


def measure_loss(
    stage: Stage, api: XRayApi, contenders: Sequence[Contender], seconds: int, image: str
) -> str:
    """Sends through each contender for some seconds, with a rollout of it in the middle.

    Returns:
        What `loss.md` says.
    """
    rows: list[Sequence[str]] = []
    # One after the other, each alone: a rollout makes kube-proxy look after the flows of all.
    for number, contender in enumerate(contenders):
        changes = [partial(stage.roll_out, contender)]
        for load, lost in _under_load(stage, api, contender, seconds, number, changes):
            share = f"{100 * lost / load.total:.2f} %"
            rows.append((contender.name, load.lookup, f"{load.total:,}", f"{lost:,}", share))
        stage.clear()
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
    """Sends through the daemon, puts a collector in its place, and the daemon back.

    Returns:
        What `switch.md` says.
    """
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


BEFORE_SECONDS: Final = 10
FAULT_SECONDS: Final = 60
AFTER_SECONDS: Final = 20
"""How long all is well, the X-Ray API fails, and all is well again."""

FAULTS: Final[Mapping[str, ResponseMode | None]] = {
    "daemon killed": None,
    f"API throttles for {FAULT_SECONDS} s": ResponseMode.THROTTLING,
    f"API down for {FAULT_SECONDS} s": ResponseMode.DOWN,
}
"""How the API answers during each fault; none is a fault of the daemon itself."""

SEGMENTS_PER_MIB: Final = 16
"""The daemon keeps each segment in a buffer of 64 KiB (aws/aws-xray-daemon, pkg/cfg/cfg.go)."""


def measure_faults(stage: Stage, api: XRayApi, contender: Contender, image: str) -> str:
    """Deploys a contender, makes each fault once, under load, and returns what `faults.md` says."""
    stage.deploy(contender)
    arguments = contender.agent["args"]
    buffer_mib = int(arguments[arguments.index("-m") + 1])
    return write_table(
        "faults",
        ("fault", "sent", "lost", "within", "restarts"),
        [
            (fault, *_measure(stage, api, contender, number, mode))
            for number, (fault, mode) in enumerate(FAULTS.items())
        ],
        f"Ours, {RATE} segments/s, one node; {image}. The daemon's buffer holds "
        f"{buffer_mib * SEGMENTS_PER_MIB} segments. `within` is the time between the first lost "
        "segment and the last.",
    )


def _measure(
    stage: Stage, api: XRayApi, contender: Contender, number: int, mode: ResponseMode | None
) -> tuple[str, ...]:
    """Makes a fault; returns the last cells of its row."""
    seconds = BEFORE_SECONDS + (0 if mode is None else FAULT_SECONDS) + AFTER_SECONDS
    load = Load(f"fault-{number}", f"fa{number:x}0", contender, seconds, "once")
    stage.start(load)
    time.sleep(BEFORE_SECONDS)
    if mode is None:
        stage.kill(contender)
    else:
        api.mode = mode
        time.sleep(FAULT_SECONDS)
        api.mode = ResponseMode.WELL
    stage.await_end(load)
    stage.await_ready(contender)
    time.sleep(SETTLE_SECONDS)
    arrived = {int(each[len(load.prefix) :], 16) for each in api.arrived[load.prefix].copy()}
    lost = [each for each in range(load.total) if each not in arrived]
    gap = (lost[-1] - lost[0]) / RATE if lost else 0.0
    restarts = str(stage.restarts(contender))
    return f"{load.total:,}", f"{len(lost):,}", f"{gap:.1f} s", restarts
