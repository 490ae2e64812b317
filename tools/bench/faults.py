"""What the daemon loses when something fails: itself or the X-Ray API."""

import time
from collections.abc import Mapping
from typing import Final

from .contenders import Contender
from .loss import SETTLE_SECONDS
from .results import write_table
from .stage import RATE, Load, Stage
from .xray_api import ResponseMode, XRayApi

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
