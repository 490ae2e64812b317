"""The short-lived pod that sends one marked trace from its node."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SERVICE_NAME: Final = "xray-verify"
"""Name of the segments on the service map."""

PROBE_LABEL: Final = "xray-on-kubernetes/verify"

USER: Final = 65534
"""Nobody's, which every Linux has."""

PROGRAM: Final = """
import json, os, socket, sys, time
host, port = sys.argv[1].rsplit(":", 1)
document = json.loads(sys.argv[2])
document["start_time"] = document["end_time"] = time.time()
said = {"resolved": [], "proxy": "closed"}
try:
    found = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)
    said["resolved"] = sorted({each[4][0] for each in found})
    family, kind, protocol, _, address = found[0]
    header = json.dumps({"format": "json", "version": 1})
    datagram = (header + "\\n" + json.dumps(document)).encode()
    with socket.socket(family, kind, protocol) as sender:
        for _ in range(3):
            sender.sendto(datagram, address)
            time.sleep(1)
    socket.create_connection((host, int(port)), timeout=3).close()
    said["proxy"] = "open"
except OSError as error:
    said["error"] = str(error)
with open("/dev/termination-log", "w") as log:
    json.dump(said, log)
"""
"""Runs with Python alone. It sends the same segment three times, as a single datagram may be lost.
The kubelet hands what it says to whoever reads the pod's status."""


@dataclass(frozen=True)
class Said:
    """What a probe said in the end."""

    resolved: tuple[str, ...]
    """Addresses that the daemon's name stands for on its node; none where it has none."""

    proxy_open: bool
    """Whether anything answered at the daemon's TCP port."""

    error: str


@dataclass(frozen=True)
class Probe:
    """A pod for one node, and the trace that it sends."""

    node: str
    name: str
    trace_id: str
    segment_id: str

    def manifest(self, namespace: str, image: str, address: str) -> dict[str, Any]:
        """Returns the pod: it runs on its node, whatever its taints, and without any right."""
        segment = {
            "name": SERVICE_NAME,
            "id": self.segment_id,
            "trace_id": self.trace_id,
            "annotations": {"node": self.node},
        }
        container = {
            "name": "probe",
            "image": image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-c", PROGRAM, address, json.dumps(segment)],
            "resources": {
                "requests": {"cpu": "10m", "memory": "32Mi"},
                "limits": {"memory": "64Mi"},
            },
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        node = {"key": "metadata.name", "operator": "In", "values": [self.node]}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": self.name,
                "namespace": namespace,
                "labels": {PROBE_LABEL: "probe", "app.kubernetes.io/name": SERVICE_NAME},
            },
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "affinity": {
                    "nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [{"matchFields": [node]}]
                        }
                    }
                },
                "tolerations": [{"operator": "Exists"}],
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": USER,
                    "runAsGroup": USER,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [container],
            },
        }


def probe_for(node: str) -> Probe:
    """Returns a probe with a trace of its own (X-Ray developer guide, "Tracing header")."""
    return Probe(
        node=node,
        name=f"{SERVICE_NAME}-{secrets.token_hex(4)}",
        trace_id=f"1-{int(time.time()):08x}-{secrets.token_hex(12)}",
        segment_id=secrets.token_hex(8),
    )


def read_said(message: str | None) -> Said | None:
    """Returns what a probe said, from its termination message; none where it said nothing."""
    try:
        said: Mapping[str, Any] = json.loads(message or "")
        return Said(tuple(said["resolved"]), said["proxy"] == "open", str(said.get("error", "")))
    except (ValueError, KeyError, TypeError):
        return None
