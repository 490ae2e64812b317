"""The short-lived pod that sends one marked trace from its node."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tools.lab.cluster import ApiServer, asking_to

SERVICE_NAME: Final = "xray-verify"
"""Name of the segments on the service map."""

RUN_SECONDS: Final = 15
"""How long a probe runs: it sends for 3 s, and waits for 3 s at each of three ports."""

MANIFEST: Final = Path(__file__).with_name("probe.yaml")

PROGRAM: Final = """
import json, socket, sys, time
host, ports = sys.argv[1], json.loads(sys.argv[2])
document = json.loads(sys.argv[3])
document["start_time"] = document["end_time"] = time.time()
said = {"resolved": False, "closed": {}, "error": "", "sent": time.time()}
try:
    (found, *_) = socket.getaddrinfo(host, ports[0], type=socket.SOCK_DGRAM)
    family, kind, protocol, _, address = found
    said["resolved"] = True
    datagram = json.dumps({"format": "json", "version": 1}) + "\\n" + json.dumps(document)
    with socket.socket(family, kind, protocol) as sender:
        for _ in range(3):
            sender.sendto(datagram.encode(), address)
            time.sleep(1)
except OSError as error:
    said["error"] = str(error)
for port in ports if said["resolved"] else ():
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError as error:
        said["closed"][port] = str(error)
with open("/dev/termination-log", "w") as log:
    json.dump(said, log)
"""
"""Runs with Python alone. It sends the same segment three times, as a single datagram may be lost.
The kubelet hands what it says to whoever reads the pod's status."""


@dataclass(frozen=True)
class ProbeResult:
    """How a probe fared.

    Attributes:
        resolved: Whether the agent's name stands for an address on its node.
        closed: The agent's TCP ports at which nothing answered, and what happened there.
        error: What failed; empty where nothing did.
        sent: When it began to send, by the node's clock.
        not_run: Why the probe did not run; empty where it did.
    """

    resolved: bool = False
    closed: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str = ""
    sent: float = 0
    not_run: str = ""


@dataclass(frozen=True)
class Probe:
    """A pod for one node, and the trace that it sends."""

    node: str
    name: str
    trace_id: str

    def manifest(self, image: str, host: str, ports: Sequence[int]) -> dict[str, Any]:
        """Returns the pod: it runs on its node, whatever its taints, and without any right.

        It sends to the first of the agent's ports, and tries to connect to each.
        """
        segment = {
            "name": SERVICE_NAME,
            "id": secrets.token_hex(8),
            "trace_id": self.trace_id,
            "annotations": {"node": self.node},
        }
        pod: Any = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
        pod["metadata"]["name"] = self.name
        (container,) = pod["spec"]["containers"]
        container["image"] = image
        container["command"] = [
            *("python", "-c", PROGRAM, host),
            *(json.dumps(list(ports)), json.dumps(segment)),
        ]
        affinity = pod["spec"]["affinity"]["nodeAffinity"]
        (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
        term["matchFields"][0]["values"] = [self.node]
        return pod


def probe_for(node: str) -> Probe:
    """Returns a probe with a trace of its own (X-Ray developer guide, "Tracing header")."""
    trace_id = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    return Probe(node, f"{SERVICE_NAME}-{secrets.token_hex(4)}", trace_id)


def result_of(api_server: ApiServer, namespace: str, probe: Probe) -> ProbeResult:
    """Returns how a probe in a namespace fared; waits for one that still runs."""
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        with asking_to(f"show pod {probe.name}"):
            status = api_server.core.read_namespaced_pod(probe.name, namespace).status
        why = "; ".join(each.message for each in status.conditions or [] if each.message)
        (state, *_) = [each.state for each in status.container_statuses or ()] or [None]
        if state is not None and state.terminated is not None:
            return read_result(state.terminated.message, state.terminated.reason or "")
        if state is None or state.running is None or time.monotonic() > deadline:
            waiting = state and state.waiting
            if waiting is not None and waiting.message:
                why = f"{waiting.reason}: {' '.join(waiting.message.split())}"
            return ProbeResult(not_run=why or "it said nothing")
        time.sleep(1)


def read_result(message: str | None, reason: str) -> ProbeResult:
    """Returns how a probe fared that has ended, from its termination message and the reason."""
    try:
        said: Mapping[str, Any] = json.loads(message or "")
        return ProbeResult(said["resolved"], said["closed"], said["error"], said["sent"])
    except (ValueError, KeyError, TypeError):
        return ProbeResult(not_run=reason or "it said nothing")
