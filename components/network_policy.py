"""Who reaches the daemon and the sample services, and what they reach."""

from collections.abc import Sequence

from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyIngressRuleArgsDict,
    NetworkPolicyPeerArgsDict,
    NetworkPolicyPortArgsDict,
    NetworkPolicySpecArgsDict,
)

from .credentials import Credentials
from .daemon_command import DAEMON_PORT
from .egress_proxy import proxy_port
from .ip_family import IpFamily, credentials_addresses
from .labels import Labels

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""The label by which Kubernetes itself names a namespace."""


def network_policy_spec(
    selector: Labels,
    credentials: Credentials,
    *,
    ip_family: IpFamily = IpFamily.IPV4,
    namespaces: Sequence[str] | None = None,
    proxy_url: str | None = None,
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the daemon's pods.

    Whoever reaches TCP 2000 speaks to AWS with the daemon's rights: pods of this cluster may,
    nothing outside. The daemon itself reaches DNS, AWS or the proxy on the way there, and the
    source of its credentials. The kubelet's probes come from the pod's own node, which every
    NetworkPolicy lets in.

    Args:
        selector: Labels of the daemon's pods.
        credentials: How they come by their credentials.
        ip_family: What is reached there.
        namespaces: Whose pods may send traces; none stands for every namespace's.
        proxy_url: The proxy on the way to AWS.
    """
    sources = credentials_addresses(credentials, ip_family)
    outside = sorted({443, *(() if proxy_url is None else (proxy_port(proxy_url),))})
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [_from_namespaces(namespaces)],
        "egress": [
            {"ports": _ports(("UDP", 53), ("TCP", 53))},
            {"ports": _ports(*(("TCP", port) for port in outside))},
            *(
                {"to": [{"ip_block": {"cidr": source}}], "ports": _ports(("TCP", 80))}
                for source in sources
            ),
        ],
    }


def sample_network_policy_spec(
    selector: Labels, http_port: int, *, instance_metadata: bool
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the sample services' pods.

    Anybody may send them requests. They reach DNS, each other and the cluster's daemon.

    Args:
        selector: Labels of the pods of both.
        http_port: The port that they listen on.
        instance_metadata: Whether they ask the node who it is, as the X-Ray SDK's EC2 plugin does.
    """
    metadata_service = credentials_addresses(Credentials.NODE_ROLE, IpFamily.DUAL_STACK)
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [{"ports": _ports(("TCP", http_port))}],
        "egress": [
            {"ports": _ports(("UDP", 53), ("TCP", 53))},
            {
                "to": [{"pod_selector": {"match_labels": selector}}],
                "ports": _ports(("TCP", http_port)),
            },
            {
                "to": [{"namespace_selector": {}}],
                "ports": _ports(("UDP", DAEMON_PORT), ("TCP", DAEMON_PORT)),
            },
            *(
                {"to": [{"ip_block": {"cidr": address}}], "ports": _ports(("TCP", 80))}
                for address in (metadata_service if instance_metadata else ())
            ),
        ],
    }


def _from_namespaces(namespaces: Sequence[str] | None) -> NetworkPolicyIngressRuleArgsDict:
    peer: NetworkPolicyPeerArgsDict = {"namespace_selector": {}}
    if namespaces is not None:
        peer["namespace_selector"] = {
            "match_expressions": [
                {"key": NAMESPACE_LABEL, "operator": "In", "values": list(namespaces)}
            ]
        }
    return {"from_": [peer], "ports": _ports(("UDP", DAEMON_PORT), ("TCP", DAEMON_PORT))}


def _ports(*ports: tuple[str, int]) -> list[NetworkPolicyPortArgsDict]:
    return [{"protocol": protocol, "port": port} for protocol, port in ports]
