"""The Kubernetes objects around the daemon's pod: rollout, Service, NetworkPolicy, namespace.

Plain functions that return the parts of a manifest.
"""

from typing import Final

from pulumi_kubernetes.apps.v1 import DaemonSetUpdateStrategyArgsDict
from pulumi_kubernetes.core.v1 import ServiceSpecArgsDict
from pulumi_kubernetes.networking.v1 import NetworkPolicyPortArgsDict, NetworkPolicySpecArgsDict

from .credentials import Credentials
from .daemon_pod import DAEMON_PORT
from .labels import Labels

SERVICE_NAME: Final = "xray-service"
"""The name that applications find the daemon by, as in the article. It is the contract."""

RESERVED_NAMESPACES: Final = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that every cluster has."""

CREDENTIALS_ADDRESSES: Final = {
    Credentials.POD_IDENTITY: ("169.254.170.23/32",),
    Credentials.IRSA: (),
    Credentials.NODE_ROLE: ("169.254.169.254/32",),
}
"""Where a pod asks for its credentials: the Pod Identity agent, the instance metadata service, or
AWS itself."""


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


def service_spec(selector: Labels) -> ServiceSpecArgsDict:
    """Returns the Service: a stable address that leads to the daemon on the client's own node.

    Not headless: SDKs that resolve a name once would keep the address of a pod that is gone.
    """
    return {
        "type": "ClusterIP",
        "internal_traffic_policy": "Local",
        "selector": selector,
        "ports": [
            {
                "name": "segments",
                "port": DAEMON_PORT,
                "target_port": "segments",
                "protocol": "UDP",
            },
            {"name": "proxy", "port": DAEMON_PORT, "target_port": "proxy", "protocol": "TCP"},
        ],
    }


def network_policy_spec(selector: Labels, credentials: Credentials) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the daemon's pods.

    Whoever reaches TCP 2000 speaks to AWS with the daemon's rights: pods of this cluster may,
    nothing outside. The daemon itself reaches DNS, AWS and the source of its credentials.
    """
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {
                "from_": [{"namespace_selector": {}}],
                "ports": _ports(("UDP", DAEMON_PORT), ("TCP", DAEMON_PORT)),
            }
        ],
        "egress": [
            {"ports": _ports(("UDP", 53), ("TCP", 53))},
            {"ports": _ports(("TCP", 443))},
            *(
                {"to": [{"ip_block": {"cidr": source}}], "ports": _ports(("TCP", 80))}
                for source in CREDENTIALS_ADDRESSES[credentials]
            ),
        ],
    }


def admission_labels(host_port: bool) -> Labels:
    """Returns the Pod Security labels of a namespace of our own: the strictest that admit us."""
    level = "privileged" if host_port else "restricted"
    return {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": "restricted",
    }


def _ports(*ports: tuple[str, int]) -> list[NetworkPolicyPortArgsDict]:
    return [{"protocol": protocol, "port": port} for protocol, port in ports]
