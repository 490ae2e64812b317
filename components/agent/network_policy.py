"""Who reaches the daemon, the gateway and the sample services, and what they reach."""

from collections.abc import Sequence
from typing import Final

from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyEgressRuleArgsDict,
    NetworkPolicyIngressRuleArgsDict,
    NetworkPolicyPeerArgsDict,
    NetworkPolicyPortArgsDict,
    NetworkPolicySpecArgsDict,
)

from ..access.credentials import Credentials
from .agents import Backend
from .collector.ports import METRICS_PORT, OTLP_GRPC_PORT, OTLP_HTTP_PORT, OTLP_PORTS
from .daemon.command import DAEMON_PORT
from .pod.ip_family import IpFamily, credentials_addresses
from .pod.labels import Labels
from .pod.proxy import proxy_port

Port = tuple[str, int]
"""A protocol and a number."""

METRICS: Final = ("TCP", METRICS_PORT)

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
"""The label by which Kubernetes itself names a namespace."""


def network_policy_spec(
    selector: Labels,
    credentials: Credentials,
    *,
    backend: Backend = Backend.DAEMON,
    gateway: Labels | None = None,
    ip_family: IpFamily = IpFamily.IPV4,
    namespaces: Sequence[str] | None = None,
    proxy_url: str | None = None,
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the daemon's pods, or the collector's in their place.

    Whoever reaches TCP 2000 speaks to AWS with the daemon's rights: pods of this cluster may,
    nothing outside. The daemon itself reaches DNS, AWS or the proxy on the way there, and the
    source of its credentials. The kubelet's probes come from the pod's own node, which every
    NetworkPolicy lets in.

    Args:
        selector: Labels of the daemon's pods.
        credentials: How they come by their credentials.
        backend: What runs in them. A collector takes spans too, and every pod of the cluster may
            read its metrics.
        gateway: Labels of the gateway's pods, where the traces go to one.
        ip_family: What is reached there.
        namespaces: Whose pods may send traces; none stands for every namespace's.
        proxy_url: The proxy on the way to AWS.
    """
    taken = [("UDP", DAEMON_PORT), ("TCP", DAEMON_PORT)]
    ingress: list[NetworkPolicyIngressRuleArgsDict]
    if backend == Backend.COLLECTOR:
        taken += [("TCP", port) for port in OTLP_PORTS.values()]
        ingress = [_from_namespaces(namespaces, *taken), _from_namespaces(None, METRICS)]
    else:
        ingress = [_from_namespaces(namespaces, *taken)]
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": [
            *_to_aws(credentials, ip_family, proxy_url),
            *(() if gateway is None else (_to_pods(gateway, ("TCP", OTLP_GRPC_PORT)),)),
        ],
    }


def gateway_network_policy_spec(
    selector: Labels,
    collectors: Labels,
    credentials: Credentials,
    *,
    ip_family: IpFamily = IpFamily.IPV4,
    proxy_url: str | None = None,
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the gateway's pods: the nodes' collectors reach them.

    Args:
        selector: Labels of the gateway's pods.
        collectors: Labels of the pods that send spans to them, in the same namespace.
        credentials: How they come by their credentials.
        ip_family: What is reached there.
        proxy_url: The proxy on the way to AWS.
    """
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {
                "from_": [{"pod_selector": {"match_labels": collectors}}],
                "ports": _ports(("TCP", OTLP_GRPC_PORT)),
            },
            _from_namespaces(None, METRICS),
        ],
        "egress": _to_aws(credentials, ip_family, proxy_url),
    }


def sample_network_policy_spec(
    selector: Labels, http_port: int, *, instance_metadata: bool, spans: bool = False
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the sample services' pods.

    Anybody may send them requests. They reach DNS, each other and the cluster's daemon.

    Args:
        selector: Labels of the pods of both.
        http_port: The port that they listen on.
        instance_metadata: Whether they ask the node who it is, as the X-Ray SDK's EC2 plugin does.
        spans: Whether one of them sends spans, as OpenTelemetry's SDK does.
    """
    metadata_service = credentials_addresses(Credentials.NODE_ROLE, IpFamily.DUAL_STACK)
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [{"ports": _ports(("TCP", http_port))}],
        "egress": [
            {"ports": _ports(("UDP", 53), ("TCP", 53))},
            _to_pods(selector, ("TCP", http_port)),
            {
                "to": [{"namespace_selector": {}}],
                "ports": _ports(
                    ("UDP", DAEMON_PORT),
                    ("TCP", DAEMON_PORT),
                    *((("TCP", OTLP_HTTP_PORT),) if spans else ()),
                ),
            },
            *(
                {"to": [{"ip_block": {"cidr": address}}], "ports": _ports(("TCP", 80))}
                for address in (metadata_service if instance_metadata else ())
            ),
        ],
    }


def _to_aws(
    credentials: Credentials, ip_family: IpFamily, proxy_url: str | None
) -> list[NetworkPolicyEgressRuleArgsDict]:
    """DNS, AWS or the proxy on the way there, and the source of the pods' credentials."""
    sources = credentials_addresses(credentials, ip_family)
    outside = sorted({443, *(() if proxy_url is None else (proxy_port(proxy_url),))})
    return [
        {"ports": _ports(("UDP", 53), ("TCP", 53))},
        {"ports": _ports(*(("TCP", port) for port in outside))},
        *(
            {"to": [{"ip_block": {"cidr": source}}], "ports": _ports(("TCP", 80))}
            for source in sources
        ),
    ]


def _to_pods(selector: Labels, *ports: Port) -> NetworkPolicyEgressRuleArgsDict:
    return {"to": [{"pod_selector": {"match_labels": selector}}], "ports": _ports(*ports)}


def _from_namespaces(
    namespaces: Sequence[str] | None, *ports: Port
) -> NetworkPolicyIngressRuleArgsDict:
    peer: NetworkPolicyPeerArgsDict = {"namespace_selector": {}}
    if namespaces is not None:
        peer["namespace_selector"] = {
            "match_expressions": [
                {"key": NAMESPACE_LABEL, "operator": "In", "values": list(namespaces)}
            ]
        }
    return {"from_": [peer], "ports": _ports(*ports)}


def _ports(*ports: Port) -> list[NetworkPolicyPortArgsDict]:
    return [{"protocol": protocol, "port": port} for protocol, port in ports]
