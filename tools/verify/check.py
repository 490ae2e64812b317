"""The check: a probe on every node, and its trace in the X-Ray API."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tools.traces import read_found

from .cluster import Cluster
from .diagnosis import Evidence, likeliest_cause
from .probe import Probe, probe_for

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

LOOK_SECONDS: Final = 1.0
"""How long between two looks at the X-Ray API."""


@dataclass(frozen=True)
class Verdict:
    """What became of one node's trace."""

    node: str
    trace_id: str
    seconds: float | None
    """From the probe's start to the trace in the API; none where it did not arrive."""

    cause: str
    """Why it did not; empty where it did."""


def verify(
    cluster: Cluster,
    xray: "XRayClient",
    *,
    image: str,
    address: str,
    region: str,
    timeout: float,
    progress: Callable[[int, int], None],
) -> list[Verdict]:
    """Sends a trace from every node and looks for each.

    Args:
        cluster: The cluster.
        xray: A client of the X-Ray API.
        image: The probes' image; it must have Python.
        address: The daemon's, as applications know it.
        region: The client's region.
        timeout: How long a trace may take, in seconds.
        progress: Called with how many traces have arrived, and how many were sent.

    Raises:
        VerifyError: The cluster refuses something.
        botocore.exceptions.ClientError: X-Ray refused a call.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked.
    """
    probes = [probe_for(node) for node in cluster.nodes()]
    started: list[Probe] = []
    try:
        start = time.monotonic()
        for probe in probes:
            started.append(probe)
            cluster.start(probe, image, address)
        arrived = _await_traces(xray, probes, start, timeout, progress)
        causes = _causes(cluster, [each for each in probes if each not in arrived], address, region)
    finally:
        cluster.delete(started)
    return [
        Verdict(each.node, each.trace_id, arrived.get(each), causes.get(each, ""))
        for each in probes
    ]


def _await_traces(
    xray: "XRayClient",
    probes: Sequence[Probe],
    start: float,
    timeout: float,
    progress: Callable[[int, int], None],
) -> dict[Probe, float]:
    """Returns how long each trace took that arrived."""
    arrived: dict[Probe, float] = {}

    def look() -> bool:
        missing = [each for each in probes if each not in arrived]
        found = {trace.id for trace in read_found(xray, [each.trace_id for each in missing])}
        now = time.monotonic() - start
        arrived.update({each: now for each in missing if each.trace_id in found})
        progress(len(arrived), len(probes))
        return len(arrived) < len(probes)

    Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(timeout),
        wait=wait_fixed(LOOK_SECONDS),
        retry_error_callback=lambda _state: True,
    )(look)
    return arrived


def _causes(
    cluster: Cluster, missing: Sequence[Probe], address: str, region: str
) -> Mapping[Probe, str]:
    if not missing:
        return {}
    daemons = cluster.daemons({each.node for each in missing})
    causes: dict[Probe, str] = {}
    for probe in missing:
        said, not_run = cluster.said(probe)
        evidence = Evidence(probe.node, address, region, said, not_run, daemons.get(probe.node))
        causes[probe] = likeliest_cause(evidence)
    return causes
