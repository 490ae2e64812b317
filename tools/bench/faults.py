"""What the daemon loses when something fails: itself or the X-Ray API."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .contenders import Contender
from .loss import SETTLE_SECONDS
from .results import RESULTS, write_table
from .stage import RATE, Load, Stage
from .xray_api import ResponseMode, XRayApi

BEFORE_SECONDS: Final = 10
"""How long all is well first."""

FAULT_SECONDS: Final = 60
"""How long the X-Ray API fails."""

AFTER_SECONDS: Final = 20
"""How long all is well again."""

FAULTS: Final[Mapping[str, ResponseMode | None]] = {
    "daemon killed": None,
    f"API throttles for {FAULT_SECONDS} s": ResponseMode.THROTTLING,
    f"API down for {FAULT_SECONDS} s": ResponseMode.DOWN,
}
"""How the API answers during each fault; none is a fault of the daemon itself."""

SEGMENTS_PER_MIB: Final = 16
"""The daemon keeps each segment in a buffer of 64 KiB (aws/aws-xray-daemon, pkg/cfg/cfg.go)."""


@dataclass(frozen=True)
class Outcome:
    """What came of one fault."""

    fault: str
    sent: int
    lost: int
    gap_seconds: float
    """From the first lost segment to the last, by when they were sent."""

    restarts: int


def measure_faults(stage: Stage, api: XRayApi, contender: Contender) -> list[Outcome]:
    """Deploys a contender and makes each fault once, under load."""
    stage.deploy(contender)
    return [_measure(stage, api, contender, number, fault) for number, fault in enumerate(FAULTS)]


def _measure(stage: Stage, api: XRayApi, contender: Contender, number: int, fault: str) -> Outcome:
    mode = FAULTS[fault]
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
    arrived = {int(each[len(load.prefix) :], 16) for each in api.arrived(load.prefix)}
    lost = [each for each in range(load.total) if each not in arrived]
    gap = (lost[-1] - lost[0]) / RATE if lost else 0.0
    return Outcome(fault, load.total, len(lost), gap, stage.restarts(contender))


def write_faults(
    outcomes: Sequence[Outcome], contender: Contender, image: str, folder: Path = RESULTS
) -> str:
    """Writes `faults.md`; returns what it says."""
    arguments = contender.agent["args"]
    buffer_mib = int(arguments[arguments.index("-m") + 1])
    rows = [
        (
            *(each.fault, f"{each.sent:,}", f"{each.lost:,}"),
            *(f"{each.gap_seconds:.1f} s", str(each.restarts)),
        )
        for each in outcomes
    ]
    return write_table(
        "faults",
        ("fault", "sent", "lost", "within", "restarts"),
        rows,
        f"Ours, {RATE} segments/s, one node; {image}. The daemon's buffer holds "
        f"{buffer_mib * SEGMENTS_PER_MIB} segments. `within` is the time between the first lost "
        "segment and the last.",
        folder,
    )
