"""The check: a probe on every node, and its trace in the X-Ray API."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tools.lab.cluster import ApiServer, asking_to
from tools.traces.reader import read_found

from .causes import closed_ports, likeliest_cause
from .evidence import Evidence, daemon_on, ports_of, traced_nodes
from .probe import Probe, result_of

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

SERVICE_NAME: Final = "xray-service"


@dataclass(frozen=True)
class Verdict:
    """What became of one node's trace."""

    probe: Probe
    seconds: float | None
    """From the probes' start to the trace in the API; none where it did not arrive."""

    cause: str
    """Why it did not, or which port pods don't reach; empty where all is well."""


@dataclass(frozen=True)
class Check:
    """Where traces are sent from, and where they are looked for."""

    api_server: ApiServer
    xray: "XRayClient"
    namespace: str
    """Where the daemon is."""

    probe_namespace: str
    span_log: bool
    """Whether traces go to the span log group."""

    def verify(
        self, image: str, timeout: float, progress: Callable[[int, int], None]
    ) -> list[Verdict]:
        """Sends a trace from every node and looks for each.

        Args:
            image: The image of the probes; it must have Python.
            timeout: How long a trace may take, in seconds.
            progress: Called with how many traces have arrived, and how many were sent.

        Raises:
            botocore.exceptions.ClientError: X-Ray refused a call.
            botocore.exceptions.BotoCoreError: X-Ray could not be asked.
        """
        probes = [Probe(node) for node in traced_nodes(self.api_server)]
        host = f"{SERVICE_NAME}.{self.namespace}"
        ports = ports_of(self.api_server, self.namespace, SERVICE_NAME)
        core, namespace = self.api_server.core, self.probe_namespace
        try:
            for probe in probes:
                with asking_to(f"create a pod in namespace {namespace}"):
                    core.create_namespaced_pod(namespace, probe.manifest(image, host, ports))
            arrived = self._await_traces(probes, timeout, progress)
            return [
                Verdict(each, arrived.get(each), self._cause(each, each in arrived))
                for each in probes
            ]
        finally:
            for probe in probes:
                with suppress(ApiException, HTTPError):
                    core.delete_namespaced_pod(probe.name, namespace, grace_period_seconds=0)

    def _await_traces(
        self, probes: Sequence[Probe], timeout: float, progress: Callable[[int, int], None]
    ) -> dict[Probe, float]:
        """Returns how long each trace took that arrived."""
        start = time.monotonic()
        arrived: dict[Probe, float] = {}
        while True:
            missing = {each.trace_id: each for each in probes if each not in arrived}
            # No --timeout is as long as these minutes.
            found = read_found(self.xray, list(missing), 120 if self.span_log else 0)
            now = time.monotonic() - start
            arrived |= {missing[trace.id]: now for trace in found}
            progress(len(arrived), len(probes))
            if len(arrived) == len(probes) or now > timeout:
                return arrived
            time.sleep(1)

    def _cause(self, probe: Probe, has_arrived: bool) -> str:
        node, result = probe.node, result_of(self.api_server, self.probe_namespace, probe)
        if has_arrived:
            return closed_ports(node, result)
        name, region = f"{SERVICE_NAME}.{self.namespace}", self.xray.meta.region_name
        daemon = daemon_on(self.api_server, self.namespace, node)
        return likeliest_cause(Evidence(node, probe.trace_id, name, region, result, daemon))
