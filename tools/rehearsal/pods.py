"""Turns the pods of a workload's manifest into processes on this machine."""

import re
import socket
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tools.lab.errors import ToolError
from tools.lab.processes import Process

from .network import HOST, free_port

NODE_NAME: Final = "i-0123456789abcdef0"
"""The one node of the rehearsal, named by its instance as EKS Auto Mode names nodes."""

READY_SECONDS: Final = 30.0
"""How long a pod may take until its readiness probe succeeds."""

PROBE_SECONDS: Final = 1.0
"""How long one probe may take; also the default of Kubernetes."""


@dataclass(frozen=True)
class Pod:
    """One pod of a workload, and the ports that its container listens on here."""

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

    def is_selected_by(self, selector: Mapping[str, str]) -> bool:
        """Returns whether a Service with this selector leads here."""
        return selector.items() <= self.labels.items()


def pods_of(workload: Mapping[str, Any]) -> list[Pod]:
    """Returns the pods of a Deployment, or the one of a DaemonSet, with free ports."""
    metadata, template = workload["metadata"], workload["spec"]["template"]
    container = template["spec"]["containers"][0]
    ports = {each["containerPort"] for each in container["ports"]}
    return [
        Pod(
            name=f"{metadata['name']}-{number}",
            namespace=metadata["namespace"],
            labels=template["metadata"]["labels"],
            container=container,
            ports={port: free_port() for port in ports},
        )
        for number in range(workload["spec"].get("replicas", 1))
    ]


class Addresses:
    """Where the names of Services lead on this machine."""

    def __init__(self) -> None:
        self._patterns: list[tuple[re.Pattern[str], str]] = []

    def add(self, name: str, namespace: str, port: int, local_port: int) -> None:
        """Makes every form of a Service's name and port stand for a local port."""
        form = rf"{re.escape(name)}(\.{re.escape(namespace)}(\.svc(\.cluster\.local)?)?)?:{port}"
        self._patterns.append((re.compile(rf"(?<![\w.-]){form}\b"), f"{HOST}:{local_port}"))

    def translate(self, text: str) -> str:
        """Returns a text with the addresses of Services replaced."""
        for pattern, local in self._patterns:
            text = pattern.sub(local, text)
        return text


def environment_of(pod: Pod, addresses: Addresses) -> dict[str, str]:
    """Returns a container's environment as the kubelet would set it, addresses translated.

    Raises:
        ToolError: A variable comes from a source that the rehearsal does not know.
    """
    variables: dict[str, str] = {}
    for variable in pod.container.get("env", []):
        name = variable["name"]
        if "valueFrom" in variable:
            variables[name] = _from_field(pod, name, variable["valueFrom"])
        elif variable.get("value") == str(pod.container_port):
            variables[name] = str(pod.port)
        else:
            variables[name] = addresses.translate(variable.get("value", ""))
    return variables


def _from_field(pod: Pod, name: str, source: Mapping[str, Any]) -> str:
    fields = {
        "metadata.name": pod.name,
        "metadata.namespace": pod.namespace,
        "metadata.uid": str(uuid.uuid5(uuid.NAMESPACE_URL, pod.name)),
        "spec.nodeName": NODE_NAME,
        "status.hostIP": HOST,
        "status.podIP": HOST,
    }
    path = source.get("fieldRef", {}).get("fieldPath")
    if path not in fields:
        raise ToolError(
            f"the variable {name} of pod {pod.name} comes from {dict(source)}, which the rehearsal "
            "does not know."
        )
    return fields[path]


def command_of(pod: Pod, executables: Mapping[str, Sequence[str]]) -> list[str]:
    """Returns a container's command line, its program replaced by one of this machine.

    Args:
        pod: The pod.
        executables: What stands here for a program that a container names; under the empty
            name, for the entry point of an image that names none.
    """
    command = [*pod.container.get("command", []), *pod.container.get("args", [])]
    own = {"python": [sys.executable], **executables}
    program = command[0] if command and command[0] in own else ""
    rest = command[1:] if program else command
    listen = re.compile(rf"^(0\.0\.0\.0|\[::\]):{pod.container_port}$")
    return [*own[program], *(listen.sub(f"{HOST}:{pod.port}", word) for word in rest)]


def await_ready(pod: Pod, process: Process) -> None:
    """Waits until a pod's readiness probe succeeds, as the kubelet does.

    Raises:
        ToolError: The process ended, or was not ready within `READY_SECONDS`.
    """
    not_yet = (OSError, requests.RequestException)
    patient = Retrying(
        retry=retry_if_exception_type(not_yet),
        stop=stop_after_delay(READY_SECONDS),
        wait=wait_fixed(0.05),
        reraise=True,
    )
    try:
        patient(_probe, pod, process)
    except not_yet:
        raise ToolError(
            f"{pod.name} was not ready within {READY_SECONDS:.0f} seconds: {process.last_words()}"
        ) from None


def _probe(pod: Pod, process: Process) -> None:
    process.check()
    probe = pod.container["readinessProbe"]
    if "httpGet" in probe:
        action = probe["httpGet"]
        address = f"http://{HOST}:{pod.port_of(action['port'])}{action['path']}"
        requests.get(address, timeout=PROBE_SECONDS).raise_for_status()
    else:
        socket.create_connection((HOST, pod.port), timeout=PROBE_SECONDS).close()
