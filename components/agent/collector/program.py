"""The pod template of the OpenTelemetry Collector on every node, as plain Kubernetes objects."""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ContainerPortArgsDict,
    EnvVarArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
    VolumeArgsDict,
    VolumeMountArgsDict,
)

from ..daemon.command import daemon_environment
from ..daemon.ports import daemon_ports
from ..pod.drain import readiness_gate
from ..pod.node_pod import node_pod_spec
from ..pod.resources import container_resources
from ..pod.security import RESTRICTED_CONTAINER
from .ports import collector_ports

COLLECTOR_FLUSH_SECONDS: Final = 30
"""How long a stopping collector may take to send what it has, in seconds; what X-Ray still refuses
then is lost."""

COLLECTOR_GATE_MEMORY_MIB: Final = 128
"""Memory limit of the gate, in MiB: ADOT 0.49.0 without a span has 20 of its own, and the pages of
its program, which it shares with the collector beside it."""

CONFIGURATION_FOLDER: Final = "/etc/collector"
CONFIGURATION_FILE: Final = "collector.yaml"
GATE_FILE: Final = "gate.yaml"

_MOUNTS: Final[list[VolumeMountArgsDict]] = [
    {"name": "configuration", "mount_path": CONFIGURATION_FOLDER, "read_only": True}
]


def collector_pod_spec(
    *,
    image: pulumi.Input[str],
    region: pulumi.Input[str],
    service_account: pulumi.Input[str],
    configuration: pulumi.Input[str],
    memory_limit_mib: int,
    host_port: bool = False,
    environment: Sequence[EnvVarArgsDict] = (),
    architectures: pulumi.Input[Sequence[str]] | None = None,
    node_selector: Mapping[str, pulumi.Input[str]] | None = None,
    priority_class: pulumi.Input[str] | None = None,
) -> PodSpecArgsDict:
    """Returns the collector's pod; it takes the place of the daemon's, rollout and all.

    Args:
        image: The collector's image.
        region: The AWS region that traces are sent to.
        service_account: The pod's service account.
        configuration: Name of the ConfigMap with its files.
        memory_limit_mib: Memory limit of the collector, in MiB.
        host_port: Whether the node's own port 2000 leads to it too; see `daemon_pod_spec`.
        environment: More variables.
        architectures: Those of the nodes that can run the image; none stands for any.
        node_selector: Labels of the nodes that get a pod, beside Linux; none stands for all.
        priority_class: Name of the pod's priority class.
    """
    collector = collector_container(
        image=image,
        ports=[*daemon_ports(host_port), *collector_ports()],
        environment=[*daemon_environment(region, memory_limit_mib), *environment],
        memory_limit_mib=memory_limit_mib,
    )
    spec = node_pod_spec(
        collector,
        None if host_port else _gate(image),
        service_account=service_account,
        flush_seconds=COLLECTOR_FLUSH_SECONDS,
        architectures=architectures,
        node_selector=node_selector,
        priority_class=priority_class,
    )
    return {**spec, "volumes": [configuration_volume(configuration)]}


def collector_container(
    *,
    image: pulumi.Input[str],
    ports: Sequence[ContainerPortArgsDict],
    environment: Sequence[EnvVarArgsDict],
    memory_limit_mib: int,
) -> ContainerArgsDict:
    """Returns a container that runs a collector with the configuration of its pod's volume.

    Args:
        image: The collector's image.
        ports: What it listens on.
        environment: Its variables.
        memory_limit_mib: Its memory limit, in MiB.
    """
    return {
        "name": "collector",
        "image": image,
        "args": [_from_file(CONFIGURATION_FILE)],
        "env": environment,
        "ports": ports,
        "resources": container_resources(
            cpu="50m",
            cpu_limit="1",
            memory_mib=memory_limit_mib // 2,
            memory_limit_mib=memory_limit_mib,
        ),
        "startup_probe": _is_healthy(period_seconds=1, failure_threshold=30),
        "readiness_probe": _is_healthy(period_seconds=5, failure_threshold=3),
        "liveness_probe": _is_healthy(period_seconds=10, failure_threshold=3),
        "security_context": RESTRICTED_CONTAINER,
        "volume_mounts": _MOUNTS,
    }


def configuration_volume(configuration: pulumi.Input[str]) -> VolumeArgsDict:
    """Returns the volume of a collector's pod with the files of a ConfigMap."""
    return {"name": "configuration", "config_map": {"name": configuration}}


def _gate(image: pulumi.Input[str]) -> ContainerArgsDict:
    """The collector a second time, with a configuration that sends nothing anywhere."""
    return readiness_gate(
        image,
        [_from_file(GATE_FILE)],
        memory_limit_mib=COLLECTOR_GATE_MEMORY_MIB,
        volume_mounts=_MOUNTS,
    )


def _from_file(name: str) -> str:
    return f"--config={CONFIGURATION_FOLDER}/{name}"


def _is_healthy(*, period_seconds: int, failure_threshold: int) -> ProbeArgsDict:
    return {
        "http_get": {"path": "/", "port": "health"},
        "period_seconds": period_seconds,
        "failure_threshold": failure_threshold,
    }
