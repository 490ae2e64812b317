"""The check: a probe on every node, and its trace in the X-Ray API."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tools.lab.cluster import ApiServer, asking_to
from tools.traces.reader import read_found

from .causes import likeliest_cause
from .evidence import NO_DAEMON, Evidence, daemons_on, traced_nodes
from .probe import Probe, probe_for, result_of

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

SERVICE_NAME: Final = "xray-service"
PORT: Final = 2000

LOOK_SECONDS: Final = 1.0
"""How long between two looks at the X-Ray API."""

Progress = Callable[[int, int], None]
"""Called with how many traces have arrived, and how many were sent."""


@dataclass(frozen=True)
class Verdict:
    """What became of one node's trace."""

    probe: Probe
    seconds: float | None
    """From the probes' start to the trace in the API; none where it did not arrive."""

    cause: str
    """Why it did not; empty where it did."""


@dataclass(frozen=True)
class Check:
    """Where traces are sent from, and where they are looked for.

    Attributes:
        api_server: The cluster.
        xray: The X-Ray API.
        namespace: Where the daemon is.
        probe_namespace: Where the probes are put.
        image: The probes' image; it must have Python.
        timeout: How long a trace may take, in seconds.
    """

    api_server: ApiServer
    xray: "XRayClient"
    namespace: str
    probe_namespace: str
    image: str
    timeout: float

    def verify(self, progress: Progress) -> list[Verdict]:
        """Sends a trace from every node and looks for each.

        Raises:
            ToolError: The cluster refuses something.
            botocore.exceptions.ClientError: X-Ray refused a call.
            botocore.exceptions.BotoCoreError: X-Ray could not be asked.
        """
        probes = [probe_for(node) for node in traced_nodes(self.api_server)]
        address = f"{SERVICE_NAME}.{self.namespace}:{PORT}"
        core, namespace = self.api_server.core, self.probe_namespace
        try:
            for probe in probes:
                with asking_to(f"create a pod in namespace {namespace}"):
                    core.create_namespaced_pod(namespace, probe.manifest(self.image, address))
            arrived = self._await_traces(probes, progress)
            causes = self._causes([each for each in probes if each not in arrived])
        finally:
            for probe in probes:
                with suppress(ApiException, HTTPError):
                    core.delete_namespaced_pod(probe.name, namespace, grace_period_seconds=0)
        return [Verdict(each, arrived.get(each), causes.get(each, "")) for each in probes]

    def _await_traces(self, probes: Sequence[Probe], progress: Progress) -> dict[Probe, float]:
        """Returns how long each trace took that arrived."""
        start = time.monotonic()
        arrived: dict[Probe, float] = {}
        while True:
            missing = {each.trace_id: each for each in probes if each not in arrived}
            found = read_found(self.xray, list(missing))
            now = time.monotonic() - start
            arrived |= {missing[trace.id]: now for trace in found}
            progress(len(arrived), len(probes))
            if len(arrived) == len(probes) or now > self.timeout:
                return arrived
            time.sleep(LOOK_SECONDS)

    def _causes(self, missing: Sequence[Probe]) -> Mapping[Probe, str]:
        if not missing:
            return {}
        daemons = daemons_on(self.api_server, self.namespace, {each.node for each in missing})
        name, region = f"{SERVICE_NAME}.{self.namespace}", self.xray.meta.region_name
        causes: dict[Probe, str] = {}
        for probe in missing:
            result = result_of(self.api_server, self.probe_namespace, probe)
            daemon = daemons.get(probe.node, NO_DAEMON)
            causes[probe] = likeliest_cause(Evidence(probe.node, name, region, result, daemon))
        return causes
