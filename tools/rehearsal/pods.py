"""Turns the pods of a workload's manifest into processes on this machine."""

import re
import socket
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests

from tools.lab.deployment import Manifest
from tools.lab.errors import ToolError
from tools.lab.processes import Process

from .network import HOST, Addresses, free_port

NODE_NAME: Final = "i-0123456789abcdef0"
"""The one node of the rehearsal, named by its instance as EKS Auto Mode names nodes."""

READY_SECONDS: Final = 30.0
"""How long a pod may take until its readiness probe succeeds."""

PROBE_SECONDS: Final = 1.0
"""How long one probe may take; also the default of Kubernetes."""


@dataclass(frozen=True)
class Pod:
    """One container of a workload's pod, and the ports that the pod listens on here."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    container: Mapping[str, Any]
    ports: dict[int, int]
    """Ports of this machine by the container's own; by UDP and by TCP they are the same."""

    @property
    def port(self) -> int:
        """Returns the port of this machine that stands for the container's first."""
        return self.ports[self.container_port]

    @property
    def container_port(self) -> int:
        """Returns the port that its container listens on in a cluster."""
        return int(self.container["ports"][0]["containerPort"])

    def port_of(self, port: int | str) -> int:
        """Returns the port of this machine that stands for one of the container's, by its name."""
        by_name = {each.get("name"): each["containerPort"] for each in self.container["ports"]}
        return self.ports[int(by_name.get(port, port))]


def pods_of(workload: Manifest) -> list[Pod]:
    """Returns the pods of a Deployment, or the one of a DaemonSet, with free ports.

    A pod with several containers, its drain sentinel aside, is there for each of them.
    """
    metadata, template = workload["metadata"], workload["spec"]["template"]
    return [
        Pod(
            name=f"{metadata['name']}-{number}",
            namespace=metadata["namespace"],
            labels=template["metadata"]["labels"],
            container=container,
            ports={
                port: free_port() for port in {each["containerPort"] for each in container["ports"]}
            },
        )
        for container in template["spec"]["containers"]
        if container["name"] != "drain-sentinel"
        for number in range(workload["spec"].get("replicas", 1))
    ]


def add_services(objects: Sequence[Manifest], pod: Pod, addresses: Addresses) -> None:
    """Makes the Services among some objects that select a pod lead to it, where it listens."""
    own = {each.get("name") for each in pod.container["ports"]}
    for service in (each for each in objects if each["kind"] == "Service"):
        if service["spec"]["selector"].items() <= pod.labels.items():
            name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
            for port in (each for each in service["spec"]["ports"] if each["targetPort"] in own):
                here = pod.port_of(port["targetPort"])
                addresses.add(name, namespace, port["port"], here)


def environment_of(pod: Pod, addresses: Addresses) -> dict[str, str]:
    """Returns a container's environment as the kubelet would set it, addresses translated."""
    fields = {
        "metadata.name": pod.name,
        "metadata.namespace": pod.namespace,
        "metadata.uid": str(uuid.uuid5(uuid.NAMESPACE_URL, pod.name)),
        "spec.nodeName": NODE_NAME,
        "status.hostIP": HOST,
        "status.podIP": HOST,
    }
    variables: dict[str, str] = {}
    for variable in pod.container.get("env", []):
        name, value = variable["name"], variable.get("value", "")
        if source := variable.get("valueFrom"):
            path = source.get("fieldRef", {}).get("fieldPath")
            if path not in fields:
                raise ToolError(
                    f"the variable {name} of pod {pod.name} comes from {source}, which the "
                    "rehearsal does not know."
                )
            variables[name] = fields[path]
        elif value == str(pod.container_port):
            variables[name] = str(pod.port)
        else:
            variables[name] = addresses.translate(value)
    return variables


def command_of(pod: Pod, entry_point: Sequence[str] = ()) -> list[str]:
    """Returns a container's command line, which listens on this machine.

    It begins with the Python that runs here, or else with what stands for the image's entry point.
    """
    words = [*pod.container.get("command", []), *pod.container.get("args", [])]
    if words[0] == "python":
        entry_point, words = [sys.executable], words[1:]
    listen = re.compile(rf"^(0\.0\.0\.0|\[::\]):{pod.container_port}$")
    return [*entry_point, *(listen.sub(f"{HOST}:{pod.port}", word) for word in words)]


def await_ready(pod: Pod, process: Process) -> None:
    """Waits until a pod's readiness probe succeeds, for `READY_SECONDS` at most."""
    deadline = time.monotonic() + READY_SECONDS
    while not _is_ready(pod):
        process.check()
        if time.monotonic() > deadline:
            said = process.last_words()
            raise ToolError(f"{pod.name} was not ready within {READY_SECONDS:.0f} seconds: {said}")
        time.sleep(0.05)


def _is_ready(pod: Pod) -> bool:
    action = pod.container["readinessProbe"].get("httpGet")
    try:
        if action is None:
            socket.create_connection((HOST, pod.port), timeout=PROBE_SECONDS).close()
            return True
        address = f"http://{HOST}:{pod.port_of(action['port'])}{action['path']}"
        return requests.get(address, timeout=PROBE_SECONDS).ok
    except OSError:
        return False
