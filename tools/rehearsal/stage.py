"""Puts the program's pods on stage: a process for each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests

from tools.lab.deployment import Deployment, Manifest
from tools.lab.processes import Processes
from tools.lab.project import PROJECT

from .collector_files import gateways_of
from .daemon import Daemon
from .network import Addresses
from .pods import add_services, await_ready, command_of, environment_of, pods_of

SERVICES_FOLDER: Final = PROJECT / "images/sample-service"
"""What is `/app` in the sample services' image."""

NAMES: Final = ("AWS_XRAY_TRACING_NAME", "OTEL_SERVICE_NAME")
"""Variables that name a service on the map: of the X-Ray SDK, and of OpenTelemetry."""

URL_OUTPUT: Final = "serviceUrl"
"""The stack's output that says where Service-A is; there is none without sample services."""


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    url: str
    """Where Service-A answers."""

    services: tuple[str, ...]
    """The traced services, as the service map names them."""

    ask: str
    """The command by which a person asks there."""

    session: requests.Session
    """Asks there."""

    check: Callable[[], None]
    """Raises a ToolError where something that runs has ended."""

    last_words: Callable[[], str]
    """Returns what was logged last, for the end of an error."""


def set_stage(deployment: Deployment, daemon: Daemon, processes: Processes, port: int) -> Stage:
    """Starts the agent and one pod of each sample service, and waits until they are ready.

    Args:
        deployment: What the program declared.
        daemon: What the agent runs as.
        processes: Starts the processes, and ends them.
        port: Where Service-A answers; 0 takes any free port.

    Raises:
        ToolError: A pod does not become ready.
    """
    addresses = Addresses()
    daemon.start(deployment, processes, addresses)
    url = str(deployment.outputs[URL_OUTPUT])
    pods = [pods_of(each)[0] for each in sample_services_of(deployment.objects())]
    for pod in pods:
        if port and pod.name == f"{str(urlsplit(url).hostname).split('.')[0]}-0":
            pod.ports[pod.container_port] = port
        add_services(deployment, pod, addresses)
    running = [
        processes.start(
            pod.name,
            command_of(pod),
            # The image's root is read-only; this folder is not.
            {**environment_of(pod, addresses), "PYTHONDONTWRITEBYTECODE": "1"},
            SERVICES_FOLDER,
        )
        for pod in pods
    ]
    for pod, process in zip(pods, running, strict=True):
        await_ready(pod, process)
    here = addresses.translate(url)
    return Stage(
        url=here,
        services=traced_services(deployment.objects()),
        ask=f"curl {here}",
        session=requests.Session(),
        check=processes.check,
        last_words=processes.last_words,
    )


def sample_services_of(objects: Sequence[Manifest]) -> list[Manifest]:
    """Returns the Deployments of the sample services among some objects."""
    gateways = gateways_of(objects)
    return [each for each in objects if each["kind"] == "Deployment" and each not in gateways]


def traced_services(objects: Sequence[Manifest]) -> tuple[str, ...]:
    """Returns the sorted names that the sample services among some objects have on the map."""
    return tuple(
        sorted(
            variable["value"]
            for workload in sample_services_of(objects)
            for variable in workload["spec"]["template"]["spec"]["containers"][0]["env"]
            if variable["name"] in NAMES
        )
    )
