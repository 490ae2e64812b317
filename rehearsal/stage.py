"""Puts the program's pods on stage: a process for each, and Services in front of them."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.daemon_objects import SERVICE_NAME
from components.sample_services import SERVICE_A

from .cloud import AwsCredentials, Cloud
from .daemon_program import DaemonProgram, write_configuration
from .kubernetes_objects import KubernetesObjects
from .network import HOST, Service
from .pods import Addresses, Pod, command_of, environment_of, pods_of
from .processes import Processes
from .readiness import await_ready

PROJECT: Final = Path(__file__).resolve().parent.parent

SERVICES_FOLDER: Final = PROJECT / "services"
"""What is `/app` in the sample services' image."""


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    url: str
    """Where Service-A answers."""

    services: tuple[str, ...]
    """The traced services, as the service map names them."""


@contextmanager
def set_stage(
    kubernetes: KubernetesObjects,
    daemon: "Daemon",
    processes: Processes,
    port: int,
) -> Generator[Stage]:
    """Starts the daemon and the sample services, and ends their Services with its block.

    Args:
        kubernetes: The objects that the program declared.
        daemon: What the daemon runs as.
        processes: Starts and ends the processes.
        port: Where Service-A answers; 0 takes any free port.

    Raises:
        RehearsalError: A pod does not become ready, or the port is in use.
    """
    addresses = Addresses()
    daemon.start(kubernetes, processes, addresses)
    pods = [pod for each in kubernetes.of_kind("Deployment") for pod in pods_of(each)]
    with ExitStack() as until_the_end:
        service_a = _open_services(kubernetes, pods, addresses, port, until_the_end)
        _start_pods(pods, addresses, processes)
        names = dict.fromkeys(pod.variable("AWS_XRAY_TRACING_NAME") for pod in pods)
        yield Stage(f"http://{HOST}:{service_a.port}/", tuple(names))


@dataclass(frozen=True)
class Daemon:
    """What the daemon runs as: which program, and with whose rights."""

    program: DaemonProgram
    credentials: AwsCredentials
    cloud: Cloud
    folder: Path
    """Where its configuration goes."""

    def start(
        self, kubernetes: KubernetesObjects, processes: Processes, addresses: Addresses
    ) -> None:
        """Starts the pod of the DaemonSet and waits until it is ready."""
        (pod,) = pods_of(*kubernetes.of_kind("DaemonSet"))
        configuration = write_configuration(self.folder / "xray-daemon.yaml", self.cloud.endpoint)
        environment = {
            **environment_of(pod, addresses),
            **self.credentials.environment(),
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        command = command_of(pod, {"": [*self.program.command, "-c", str(configuration)]})
        await_ready(pod, processes.start(pod.name, command, environment, PROJECT))

        service = kubernetes.named("Service", SERVICE_NAME)
        service_port = service["spec"]["ports"][0]["port"]
        addresses.add(SERVICE_NAME, service["metadata"]["namespace"], service_port, pod.port)


def _open_services(
    kubernetes: KubernetesObjects,
    pods: Sequence[Pod],
    addresses: Addresses,
    port: int,
    until_the_end: ExitStack,
) -> Service:
    """Opens the Services that select any of the pods, and returns Service-A's."""
    opened: dict[str, Service] = {}
    for manifest in kubernetes.of_kind("Service"):
        name, namespace = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
        ports = [pod.port for pod in pods if pod.is_selected_by(manifest["spec"]["selector"])]
        if ports:
            wanted = port if name == SERVICE_A else 0
            opened[name] = until_the_end.enter_context(Service(name, ports, wanted))
            service_port = manifest["spec"]["ports"][0]["port"]
            addresses.add(name, namespace, service_port, opened[name].port)
    return opened[SERVICE_A]


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
