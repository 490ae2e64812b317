"""The check: a probe on every node, and its trace in the X-Ray API."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from components.agent.service import SERVICE_NAME
from tools.lab.cluster import ApiServer, asking_to
from tools.traces.reader import read_found

from .causes import closed_ports, likeliest_cause
from .evidence import SPAN_PORT, Evidence, daemon_on, ports_of, traced_nodes
from .probe import Probe, result_of

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient


@dataclass(frozen=True)
class Verdict:
    """What became of one node's trace, and of the one by OTLP where the agent takes spans."""

    probe: Probe
    seconds: float | None
    """From the probes' start to the last of them in the API; none where one did not arrive."""

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
            wanted = {
                each: [each.trace_id, *([each.span_trace_id] if SPAN_PORT in ports else [])]
                for each in probes
            }
            arrived = self._await_traces([*chain(*wanted.values())], timeout, progress)
            return [self._verdict(each, wanted[each], arrived) for each in probes]
        finally:
            for probe in probes:
                with suppress(ApiException, HTTPError):
                    core.delete_namespaced_pod(probe.name, namespace, grace_period_seconds=0)

    def _await_traces(
        self, wanted: Sequence[str], timeout: float, progress: Callable[[int, int], None]
    ) -> dict[str, float]:
        """Returns how long each trace took that arrived, by its id."""
        start = time.monotonic()
        arrived: dict[str, float] = {}
        while True:
            missing = [each for each in wanted if each not in arrived]
            # No --timeout is as long as these minutes.
            found = read_found(self.xray, missing, 120 if self.span_log else 0)
            now = time.monotonic() - start
            arrived |= {trace.id: now for trace in found}
            progress(len(arrived), len(wanted))
            if len(arrived) == len(wanted) or now > timeout:
                return arrived
            time.sleep(1)

    def _verdict(
        self, probe: Probe, wanted: Sequence[str], arrived: Mapping[str, float]
    ) -> Verdict:
        node, result = probe.node, result_of(self.api_server, self.probe_namespace, probe)
        missing = [each for each in wanted if each not in arrived]
        if not missing:
            return Verdict(probe, max(map(arrived.__getitem__, wanted)), closed_ports(node, result))
        name, region = f"{SERVICE_NAME}.{self.namespace}", self.xray.meta.region_name
        by_otlp = missing[0] == probe.span_trace_id
        agent = daemon_on(self.api_server, self.namespace, node, "collector" if by_otlp else "")
        cause = likeliest_cause(Evidence(node, missing[0], name, region, result, agent))
        if by_otlp:
            cause = closed_ports(node, result) or f"spans by OTLP don't arrive: {cause}"
        return Verdict(probe, None, cause)
