"""Waits for a pod as the kubelet does: by its readiness probe."""

import socket
from typing import Final

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from tools.lab.errors import ToolError
from tools.lab.processes import Process

from .network import HOST
from .pods import Pod

READY_SECONDS: Final = 30.0
"""How long a pod may take until its readiness probe succeeds."""

PROBE_SECONDS: Final = 1.0
"""How long one probe may take; also Kubernetes' default."""


def await_ready(pod: Pod, process: Process) -> None:
    """Waits until a pod's readiness probe succeeds.

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
