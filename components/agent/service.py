"""The Kubernetes objects around the agent's pods: rollout, Service, namespace.

Plain functions that return the parts of a manifest.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import DaemonSetUpdateStrategyArgsDict
from pulumi_kubernetes.core.v1 import ServiceSpecArgsDict

from ..choices import IpFamily, TrafficDistribution
from .agent import AGENT_PORT, Port, service_ports
from .pod.ip_family import single_families
from .pod.labels import Labels

AGENT_NAME: Final = "xray-daemon"
"""Name of the DaemonSet, its pods and their service account, whatever agent runs in them."""

SERVICE_NAME: Final = "xray-service"
"""The name by which applications find the agent, as in the AWS blog post. It is the contract."""

RESERVED_NAMESPACES: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that every cluster has."""

ENFORCED_LEVEL: Final = "pod-security.kubernetes.io/enforce"
"""The label that says which pods a namespace admits (Kubernetes, Pod Security Admission)."""

TRAFFIC_DISTRIBUTIONS: Final = {
    TrafficDistribution.PREFER_NODE: "PreferSameNode",
    TrafficDistribution.PREFER_ZONE: "PreferClose",
}
"""The Kubernetes names (KEP-3015). `PreferClose` is also understood where `PreferSameZone`, its new
name, is not yet."""


def address(namespace: str) -> str:
    """Returns what goes into `AWS_XRAY_DAEMON_ADDRESS`: `xray-service.<namespace>:2000`."""
    return f"{SERVICE_NAME}.{namespace}:{AGENT_PORT}"


def rollout_strategy(host_port: bool) -> DaemonSetUpdateStrategyArgsDict:
    """Returns the DaemonSet's update strategy.

    A new pod is ready before the old one goes, so that a node is never without an agent. Two pods
    can't share a host port: with one, some nodes at a time go without for a moment.
    """
    if host_port:
        return {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "10%"}}
    return {"type": "RollingUpdate", "rolling_update": {"max_surge": "10%", "max_unavailable": 0}}


def service_spec(
    selector: Labels,
    ports: Sequence[Port],
    traffic_distribution: TrafficDistribution,
    ip_family: IpFamily,
) -> ServiceSpecArgsDict:
    """Returns the Service: a stable address that leads to the agent on the client's own node.

    Not headless: SDKs that resolve a name once would keep the address of a pod that is gone.
    """
    spec: ServiceSpecArgsDict = {
        "type": "ClusterIP",
        "selector": selector,
        "ports": service_ports(ports),
    }
    if traffic_distribution == TrafficDistribution.NODE:
        spec["internal_traffic_policy"] = "Local"
    else:
        spec["traffic_distribution"] = TRAFFIC_DISTRIBUTIONS[traffic_distribution]
    if ip_family != IpFamily.IPV4:
        both = ip_family == IpFamily.DUAL_STACK
        spec["ip_family_policy"] = "RequireDualStack" if both else "SingleStack"
        spec["ip_families"] = [each.replace("ip", "IP") for each in single_families(ip_family)]
    return spec


def admitting(namespace: str, labels: Mapping[str, str], host_port: bool) -> str:
    """Returns the name of a namespace that exists; raises a RunError if its labels refuse pods."""
    level = labels.get(ENFORCED_LEVEL, "privileged")
    if host_port and level != "privileged":
        raise pulumi.RunError(
            f"hostPort (host_port) is true; it must be false in namespace {namespace}, whose label "
            f"{ENFORCED_LEVEL} is {level}, not privileged."
        )
    return namespace


def admission_labels(host_port: bool) -> Labels:
    """Returns the Pod Security labels of the namespace: the strictest that admit the agent."""
    level = "privileged" if host_port else "restricted"
    return {ENFORCED_LEVEL: level, "pod-security.kubernetes.io/warn": "restricted"}
