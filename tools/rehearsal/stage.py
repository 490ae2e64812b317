"""Puts the program's pods on stage: a process for each, and Services in front of them."""

from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import requests

from tools.lab.deployment import Deployment, Manifest
from tools.lab.processes import Processes
from tools.lab.project import PROJECT

from .collector_files import gateways_of
from .daemon import Daemon
from .network import Service
from .pods import Addresses, Pod, await_ready, command_of, environment_of, pods_of

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


@contextmanager
def set_stage(
    deployment: Deployment,
    daemon: Daemon,
    processes: Processes,
    port: int,
) -> Generator[Stage]:
    """Starts the agent and the sample services, and ends their Services with its block.

    Args:
        deployment: What the program declared.
        daemon: What the agent runs as.
        processes: Starts and ends the processes.
        port: Where Service-A answers; 0 takes any free port.

    Raises:
        ToolError: A pod does not become ready, or the port is in use.
    """
    addresses = Addresses()
    daemon.start(deployment, processes, addresses)
    pods = [pod for each in sample_services_of(deployment.objects()) for pod in pods_of(each)]
    url = str(deployment.outputs[URL_OUTPUT])
    with ExitStack() as until_the_end:
        for manifest in deployment.objects("Service"):
            selected = [pod for pod in pods if pod.is_selected_by(manifest["spec"]["selector"])]
            if selected:
                name, namespace = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
                entry = urlsplit(url).hostname == f"{name}.{namespace}"
                service = Service([pod.port for pod in selected], port if entry else 0)
                service.start()
                until_the_end.callback(service.close)
                service_port = manifest["spec"]["ports"][0]["port"]
                addresses.add(name, namespace, service_port, service.port)
        _start_pods(pods, addresses, processes)
        here = addresses.translate(url)
        yield Stage(
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


def _start_pods(pods: Sequence[Pod], addresses: Addresses, processes: Processes) -> None:
    running = [
        processes.start(
            pod.name,
            command_of(pod, {}),
            # The image's root is read-only; this folder is not.
            {**environment_of(pod, addresses), "PYTHONDONTWRITEBYTECODE": "1"},
            SERVICES_FOLDER,
        )
        for pod in pods
    ]
    for pod, process in zip(pods, running, strict=True):
        await_ready(pod, process)
