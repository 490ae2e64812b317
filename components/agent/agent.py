"""What runs on each node: the value that Service, NetworkPolicy and pods are derived from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from pulumi_kubernetes.core.v1 import ContainerArgsDict, ContainerPortArgsDict, ServicePortArgsDict

AGENT_PORT: Final = 2000
"""UDP for segments and TCP for the proxy that signs sampling requests (aws/aws-xray-daemon,
pkg/cfg/cfg.go). Part of the contract, whatever agent runs."""

AGENT_USER: Final = 10001
"""User and group id of the daemon in AWS's image (aws/aws-xray-daemon, Dockerfile), and of a
collector too: that of its image, 4317, could be one of the node's own."""

Files = Mapping[str, Mapping[str, Any]]
"""Configurations by the names of their files."""


class Serves(Enum):
    """Who connects to a port."""

    APPLICATIONS = "applications"
    """Pods that send traces; the Service has these ports."""

    MONITORING = "monitoring"
    """Every pod of the cluster, such as a Prometheus."""

    KUBELET = "kubelet"
    """The kubelet's probes, which every NetworkPolicy lets in."""


@dataclass(frozen=True)
class Port:
    """A port of one of the agent's containers."""

    name: str
    number: int
    protocol: str = "TCP"
    serves: Serves = Serves.APPLICATIONS
    app_protocol: str | None = None


SEGMENT_PORTS: Final = (Port("segments", AGENT_PORT, "UDP"), Port("proxy", AGENT_PORT))
"""What the X-Ray SDKs connect to, and what the setting for a host port opens on the node."""


@dataclass(frozen=True)
class Agent:
    """What takes traces on each node and sends them to X-Ray: a program, or two in one pod."""

    containers: Sequence[tuple[ContainerArgsDict, Sequence[Port]]]
    """Its containers, each without its ports, and these."""

    sentinel: ContainerArgsDict
    """Its drain sentinel; see `pod.drain`."""

    flush_seconds: int
    """How long it may take to send what it has once it no longer listens."""

    files: Callable[[Mapping[str, Any]], Files] | None = None
    """Its configuration files, from `region`, `assume_role_arn` and `gateway` (the gateway's host
    or None); none where it is configured by its command line."""

    uses_gateway: bool = False
    """Whether it can hand its traces to a gateway."""

    @property
    def ports(self) -> list[Port]:
        """Returns the ports of all its containers."""
        return [port for _, ports in self.containers for port in ports]


def container_ports(
    ports: Sequence[Port], *, host_port: bool = False
) -> list[ContainerPortArgsDict]:
    """Returns the ports of a container; with a host port, the node's port 2000 leads there too."""
    written: list[ContainerPortArgsDict] = []
    for port in ports:
        one: ContainerPortArgsDict = {
            "name": port.name,
            "container_port": port.number,
            "protocol": port.protocol,
        }
        if host_port and port in SEGMENT_PORTS:
            one["host_port"] = port.number
        written.append(one)
    return written


def service_ports(ports: Sequence[Port]) -> list[ServicePortArgsDict]:
    """Returns the ports of the Service by which applications send traces."""
    written: list[ServicePortArgsDict] = []
    for port in serving(ports, Serves.APPLICATIONS):
        one: ServicePortArgsDict = {
            "name": port.name,
            "port": port.number,
            "target_port": port.name,
            "protocol": port.protocol,
        }
        if port.app_protocol is not None:
            one["app_protocol"] = port.app_protocol
        written.append(one)
    return written


def reached(ports: Sequence[Port]) -> dict[str, int]:
    """Returns those of the ports that pods connect to: numbers by names."""
    return {port.name: port.number for port in ports if port.serves != Serves.KUBELET}


def serving(ports: Sequence[Port], whom: Serves) -> list[Port]:
    """Returns those of the ports that somebody connects to."""
    return [port for port in ports if port.serves == whom]
