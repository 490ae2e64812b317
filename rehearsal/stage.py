"""Puts the program's pods on stage: a process for each, and Services in front of them."""

import socket
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from components.daemon_objects import SERVICE_NAME
from components.sample_services import SERVICE_A

from .cloud import AwsCredentials, Cloud
from .daemon_program import DaemonProgram, write_configuration
from .errors import RehearsalError
from .kubernetes_objects import KubernetesObjects, Manifest, file_name_of
from .network import HOST, Service, free_port
from .pods import Addresses, Pod, command_of, environment_of
from .processes import Process, Processes

READY_SECONDS: Final = 20.0
"""How long a pod may take until its readiness probe succeeds."""

PROJECT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    url: str
    """Where Service-A answers."""

    services: tuple[str, ...]
    """The traced services, as the service map names them."""

    processes: Processes


@contextmanager
def set_stage(
    kubernetes: KubernetesObjects,
    cloud: Cloud,
    credentials: AwsCredentials,
    program: DaemonProgram,
    processes: Processes,
    folder: Path,
    port: int,
) -> Generator[Stage]:
    """Starts the daemon and the sample services, and ends their Services with its block.

    Args:
        kubernetes: The objects that the program declared.
        cloud: Where the daemon sends traces.
        credentials: What the daemon's pods hold.
        program: What runs as the daemon.
        processes: Ends the processes.
        folder: Where the daemon's configuration goes.
        port: Where Service-A answers; 0 takes any free port.

    Raises:
        RehearsalError: A pod does not become ready, or the port is in use.
    """
    addresses = Addresses()
    with ExitStack() as services:
        daemon = _daemon_pod(kubernetes, addresses)
        configuration = write_configuration(folder / "xray-daemon.yaml", cloud.endpoint)
        started = processes.start(
            daemon.name,
            command_of(daemon, {"": [*program.command, "-c", str(configuration)]}),
            {
                **environment_of(daemon, addresses),
                **credentials.environment(),
                "AWS_EC2_METADATA_DISABLED": "true",
            },
            PROJECT,
        )
        await_ready(daemon, started)

        pods = {file_name_of(each): _pods(each) for each in kubernetes.of_kind("Deployment")}
        local_ports: dict[str, int] = {}
        for manifest in kubernetes.of_kind("Service"):
            behind = [
                pod
                for replicas, labels in pods.values()
                for pod in replicas
                if manifest["spec"]["selector"].items() <= labels.items()
            ]
            if not behind:
                continue
            name, namespace = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
            wanted = port if name == SERVICE_A else 0
            service = services.enter_context(Service(name, [pod.port for pod in behind], wanted))
            addresses.add(name, namespace, manifest["spec"]["ports"][0]["port"], service.port)
            local_ports[name] = service.port

        running = [
            (
                pod,
                processes.start(
                    pod.name,
                    command_of(pod, {}),
                    _environment(pod, addresses),
                    PROJECT / "services",
                ),
            )
            for replicas, _ in pods.values()
            for pod in replicas
        ]
        for pod, process in running:
            await_ready(pod, process)
        names = dict.fromkeys(_variable(pod, "AWS_XRAY_TRACING_NAME") for pod, _ in running)
        yield Stage(f"http://{HOST}:{local_ports[SERVICE_A]}/", tuple(names), processes)


def _environment(pod: Pod, addresses: Addresses) -> dict[str, str]:
    # In the image Python finds its packages by itself, and writes no byte code.
    return {**environment_of(pod, addresses), "PYTHONDONTWRITEBYTECODE": "1"}


def _daemon_pod(kubernetes: KubernetesObjects, addresses: Addresses) -> Pod:
    (daemon_set,) = kubernetes.of_kind("DaemonSet")
    ((pod, *_), _) = _pods(daemon_set)
    service = next(
        each for each in kubernetes.of_kind("Service") if each["metadata"]["name"] == SERVICE_NAME
    )
    service_port = service["spec"]["ports"][0]["port"]
    addresses.add(SERVICE_NAME, service["metadata"]["namespace"], service_port, pod.port)
    return pod


def _pods(workload: Manifest) -> tuple[list[Pod], Mapping[str, str]]:
    """Returns the pods of a workload, and their labels."""
    metadata, template = workload["metadata"], workload["spec"]["template"]
    container = template["spec"]["containers"][0]
    pods = [
        Pod(f"{metadata['name']}-{number}", metadata["namespace"], container, free_port())
        for number in range(int(workload["spec"].get("replicas", 1)))
    ]
    return pods, template["metadata"]["labels"]


def await_ready(pod: Pod, process: Process) -> None:
    """Waits until a pod's readiness probe succeeds.

    Raises:
        RehearsalError: The process ended, or was not ready within `READY_SECONDS`.
    """
    probe = pod.container["readinessProbe"]
    patient = Retrying(
        retry=retry_if_exception_type((OSError, requests.RequestException)),
        stop=stop_after_delay(READY_SECONDS),
        wait=wait_fixed(0.05),
        reraise=True,
    )
    try:
        patient(_probe, pod, probe, process)
    except (OSError, requests.RequestException):
        raise RehearsalError(
            f"{pod.name} was not ready within {READY_SECONDS:.0f} seconds: {process.last_words()}"
        ) from None


def _probe(pod: Pod, probe: Mapping[str, Any], process: Process) -> None:
    process.check()
    if "httpGet" in probe:
        path = probe["httpGet"]["path"]
        requests.get(f"http://{HOST}:{pod.port}{path}", timeout=1).raise_for_status()
    else:
        socket.create_connection((HOST, pod.port), timeout=1).close()


def _variable(pod: Pod, name: str) -> str:
    return next(each["value"] for each in pod.container["env"] if each["name"] == name)
