"""The Kubernetes objects around the daemon's pod: rollout, Service, namespace.

Plain functions that return the parts of a manifest.
"""

from enum import Enum
from typing import Final

from pulumi_kubernetes.apps.v1 import DaemonSetUpdateStrategyArgsDict
from pulumi_kubernetes.core.v1 import ServiceSpecArgsDict

from .agents import Backend
from .collector.ports import otlp_service_ports
from .daemon.command import DAEMON_PORT
from .pod.ip_family import IpFamily, single_families
from .pod.labels import Labels

DAEMON_NAME: Final = "xray-daemon"
"""Name of the DaemonSet, its pods and their service account, whatever runs in them."""

SERVICE_NAME: Final = "xray-service"
"""The name that applications find the daemon by, as in the article. It is the contract."""

RESERVED_NAMESPACES: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that every cluster has."""


class Routing(str, Enum):
    """Which daemon the Service leads a pod's traces to."""

    NODE = "node"
    """The one of the pod's own node, and no other: while that is down, traces are lost."""

    PREFER_NODE = "prefer-node"
    """That one while it is ready, else any; Kubernetes 1.34 and newer."""

    PREFER_ZONE = "prefer-zone"
    """Any of the pod's own zone while there is one, else any."""


TRAFFIC_DISTRIBUTIONS: Final = {
    Routing.PREFER_NODE: "PreferSameNode",
    Routing.PREFER_ZONE: "PreferClose",
}
"""Kubernetes' words (KEP-3015). `PreferClose` is also understood where `PreferSameZone`, its new
name, is not yet."""


def address(namespace: str) -> str:
    """Returns what goes into `AWS_XRAY_DAEMON_ADDRESS`: `xray-service.<namespace>:2000`."""
    return f"{SERVICE_NAME}.{namespace}:{DAEMON_PORT}"


def rollout_strategy(host_port: bool) -> DaemonSetUpdateStrategyArgsDict:
    """Returns the DaemonSet's update strategy.

    A new pod is ready before the old one goes, so that a node is never without a daemon. Two pods
    can't share a host port: with one, some nodes at a time go without for a moment.
    """
    if host_port:
        return {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "10%"}}
    return {
        "type": "RollingUpdate",
        "rolling_update": {"max_surge": "10%", "max_unavailable": 0},
    }


def service_spec(
    selector: Labels,
    *,
    backend: Backend = Backend.DAEMON,
    routing: Routing = Routing.NODE,
    ip_family: IpFamily = IpFamily.IPV4,
) -> ServiceSpecArgsDict:
    """Returns the Service: a stable address that leads to the daemon on the client's own node.

    Whatever the backend, the daemon's ports stay the same; a collector has two more.

    Not headless: SDKs that resolve a name once would keep the address of a pod that is gone.

    Args:
        selector: Labels of the daemon's pods.
        backend: What runs in those pods.
        routing: What happens where that node's daemon is down.
        ip_family: The Service's addresses; an IPv4 Service says nothing of it, as ever.
    """
    spec: ServiceSpecArgsDict = {
        "type": "ClusterIP",
        "selector": selector,
        "ports": [
            {
                "name": "segments",
                "port": DAEMON_PORT,
                "target_port": "segments",
                "protocol": "UDP",
            },
            {"name": "proxy", "port": DAEMON_PORT, "target_port": "proxy", "protocol": "TCP"},
            *(otlp_service_ports() if backend == Backend.COLLECTOR else ()),
        ],
    }
    if routing == Routing.NODE:
        spec["internal_traffic_policy"] = "Local"
    else:
        spec["traffic_distribution"] = TRAFFIC_DISTRIBUTIONS[Routing(routing)]
    if ip_family != IpFamily.IPV4:
        both = ip_family == IpFamily.DUAL_STACK
        spec["ip_family_policy"] = "RequireDualStack" if both else "SingleStack"
        spec["ip_families"] = [
            each.replace("ip", "IP") for each in single_families(IpFamily(ip_family))
        ]
    return spec


def admission_labels(host_port: bool) -> Labels:
    """Returns the Pod Security labels of a namespace of our own: the strictest that admit us."""
    level = "privileged" if host_port else "restricted"
    return {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": "restricted",
    }
