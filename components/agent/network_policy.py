"""Who reaches the agent, the gateway and the sample services, and what they reach."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyEgressRuleArgsDict,
    NetworkPolicyIngressRuleArgsDict,
    NetworkPolicyPeerArgsDict,
    NetworkPolicyPortArgsDict,
    NetworkPolicySpecArgsDict,
)

from ..choices import CredentialSource, IpFamily, Tracing
from .agent import AGENT_PORT, Port, Serves, serving
from .args import TraceDaemonArgs, proxy_port
from .collector.ports import OTLP_GRPC, OTLP_HTTP_PORT
from .pod.ip_family import credentials_addresses
from .pod.labels import Labels

NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"
"""The label by which Kubernetes itself names a namespace."""

DNS: Final = 53


def network_policy_spec(
    args: Mapping[str, Any], selector: Labels, ports: Sequence[Port], gateway: Labels | None
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the agent's pods.

    Whoever reaches TCP 2000 speaks to AWS with the agent's credentials: pods of this cluster may,
    nothing outside. The agent itself reaches DNS, AWS or the proxy on the way there, and the source
    of its credentials. The kubelet's probes come from the pod's own node, which every NetworkPolicy
    lets in.
    """
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            _from_namespaces(
                args["ingress_namespaces"], _numbers(serving(ports, Serves.APPLICATIONS))
            ),
            *_for_monitoring(ports),
        ],
        "egress": [
            *_to_aws(args),
            *(() if gateway is None else (_to_pods(gateway, _numbers([OTLP_GRPC])),)),
        ],
    }


def gateway_network_policy_spec(
    args: TraceDaemonArgs, selector: Labels, ports: Sequence[Port], collectors: Labels
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the gateway's pods: the nodes' collectors reach them."""
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {
                "from_": [{"pod_selector": {"match_labels": collectors}}],
                "ports": _ports(_numbers(serving(ports, Serves.APPLICATIONS))),
            },
            *_for_monitoring(ports),
        ],
        "egress": _to_aws(args),
    }


def sample_network_policy_spec(
    args: Mapping[str, Any], selector: Labels, http_port: int
) -> NetworkPolicySpecArgsDict:
    """Returns the NetworkPolicy around the sample services' pods.

    Anybody may send them requests. They reach DNS, each other and the cluster's agent, and the
    instance metadata service where the X-Ray SDK's EC2 plugin asks it.
    """
    spans = Tracing.OPENTELEMETRY in (args["service_a_tracing"], args["service_b_tracing"])
    metadata_service = credentials_addresses(CredentialSource.NODE_ROLE, IpFamily.DUAL_STACK)
    return {
        "pod_selector": {"match_labels": selector},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [{"ports": _ports([("TCP", http_port)])}],
        "egress": [
            _anywhere([DNS, *args["platform"]["egress_ports"]]),
            _to_pods(selector, [("TCP", http_port)]),
            {
                "to": [{"namespace_selector": {}}],
                "ports": _ports(
                    [
                        ("UDP", AGENT_PORT),
                        ("TCP", AGENT_PORT),
                        *([("TCP", OTLP_HTTP_PORT)] if spans else []),
                    ]
                ),
            },
            *(
                {"to": [{"ip_block": {"cidr": address}}], "ports": _ports([("TCP", 80)])}
                for address in (metadata_service if "EC2Plugin" in args["sample_plugins"] else ())
            ),
        ],
    }


def _to_aws(args: Mapping[str, Any]) -> list[NetworkPolicyEgressRuleArgsDict]:
    """DNS, AWS or the proxy on the way there, and the source of the pods' credentials."""
    proxy_url = args["proxy_url"]
    outside = sorted({443, *(() if proxy_url is None else (proxy_port(proxy_url),))})
    return [
        _anywhere([DNS, *args["platform"]["egress_ports"]]),
        {"ports": _ports([("TCP", port) for port in outside])},
        *(
            {"to": [{"ip_block": {"cidr": source}}], "ports": _ports([("TCP", 80)])}
            for source in credentials_addresses(args["credential_source"], args["ip_family"])
        ),
    ]


def _anywhere(ports: Sequence[int]) -> NetworkPolicyEgressRuleArgsDict:
    """Without `to`, since Cilium matches a node by no address (cilium/cilium, issue 34387)."""
    return {"ports": _ports([(protocol, each) for each in ports for protocol in ("UDP", "TCP")])}


def _for_monitoring(ports: Sequence[Port]) -> list[NetworkPolicyIngressRuleArgsDict]:
    metrics = _numbers(serving(ports, Serves.MONITORING))
    return [_from_namespaces((), metrics)] if metrics else []


def _to_pods(selector: Labels, ports: Sequence[tuple[str, int]]) -> NetworkPolicyEgressRuleArgsDict:
    return {"to": [{"pod_selector": {"match_labels": selector}}], "ports": _ports(ports)}


def _from_namespaces(
    namespaces: Sequence[str], ports: Sequence[tuple[str, int]]
) -> NetworkPolicyIngressRuleArgsDict:
    """Lets in the pods of some namespaces; of none named, those of all."""
    peer: NetworkPolicyPeerArgsDict = {"namespace_selector": {}}
    if namespaces:
        peer["namespace_selector"] = {
            "match_expressions": [
                {"key": NAMESPACE_LABEL, "operator": "In", "values": list(namespaces)}
            ]
        }
    return {"from_": [peer], "ports": _ports(ports)}


def _numbers(ports: Sequence[Port]) -> list[tuple[str, int]]:
    return [(port.protocol, port.number) for port in ports]


def _ports(ports: Sequence[tuple[str, int]]) -> list[NetworkPolicyPortArgsDict]:
    return [{"protocol": protocol, "port": port} for protocol, port in ports]
