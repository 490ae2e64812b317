"""Who reaches the agent and the gateway, and what they reach."""

from typing import Any, Final, cast

import pytest

from components.agent.agents import AGENTS
from components.agent.collector.ports import GATEWAY_PORTS
from components.agent.network_policy import gateway_network_policy_spec, network_policy_spec
from tests.support.agents import complete

SELECTOR: Final = {"app.kubernetes.io/name": "xray-daemon"}
GATEWAY: Final = {"app.kubernetes.io/name": "xray-gateway"}

METRICS: Final = {
    "from_": [{"namespace_selector": {}}],
    "ports": [{"protocol": "TCP", "port": 8888}],
}
"""Every pod of the cluster may read a collector's own metrics."""


def policy_spec(gateway: dict[str, str] | None = None, **inputs: Any) -> dict[str, Any]:
    args = complete(**inputs)
    ports = AGENTS[args["agent"]](args).ports
    return cast(dict[str, Any], network_policy_spec(args, SELECTOR, ports, gateway))


def gateway_policy_spec(**inputs: Any) -> dict[str, Any]:
    spec = gateway_network_policy_spec(complete(**inputs), GATEWAY, GATEWAY_PORTS, SELECTOR)
    return cast(dict[str, Any], spec)


@pytest.mark.parametrize(
    ("source", "family", "addresses"),
    [
        ("irsa", "ipv4", []),
        ("irsa", "dual-stack", []),
        ("pod-identity", "ipv4", ["169.254.170.23/32"]),
        ("pod-identity", "ipv6", ["fd00:ec2::23/128"]),
        ("pod-identity", "dual-stack", ["169.254.170.23/32", "fd00:ec2::23/128"]),
        ("node-role", "ipv4", ["169.254.169.254/32"]),
        ("node-role", "ipv6", ["fd00:ec2::254/128"]),
        ("node-role", "dual-stack", ["169.254.169.254/32", "fd00:ec2::254/128"]),
    ],
)
def test_pods_reach_the_daemon_and_it_reaches_what_it_needs(
    source: str, family: str, addresses: list[str]
) -> None:
    assert policy_spec(credential_source=source, ip_family=family) == {
        "pod_selector": {"match_labels": SELECTOR},
        "policy_types": ["Ingress", "Egress"],
        "ingress": [
            {
                "from_": [{"namespace_selector": {}}],
                "ports": [{"protocol": "UDP", "port": 2000}, {"protocol": "TCP", "port": 2000}],
            }
        ],
        "egress": [
            {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
            {"ports": [{"protocol": "TCP", "port": 443}]},
            *(
                {
                    "to": [{"ip_block": {"cidr": address}}],
                    "ports": [{"protocol": "TCP", "port": 80}],
                }
                for address in addresses
            ),
        ],
    }


@pytest.mark.parametrize("agent", ["daemon", "collector"])
def test_pods_of_the_named_namespaces_are_let_in_and_no_others(agent: str) -> None:
    everybody = policy_spec(agent=agent)
    some = policy_spec(agent=agent, ingress_namespaces=["shop", "xray"])
    traces, *metrics = some["ingress"]
    chosen = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "xray"]}
    assert traces["from_"] == [{"namespace_selector": {"match_expressions": [chosen]}}]
    assert traces["ports"] == everybody["ingress"][0]["ports"]
    assert metrics == ([METRICS] if agent == "collector" else [])
    assert some["egress"] == everybody["egress"]


@pytest.mark.parametrize(
    ("proxy_url", "ports"),
    [
        (None, [443]),
        ("http://proxy.example.com:3128", [443, 3128]),
        ("http://proxy.example.com", [80, 443]),
        ("https://proxy.example.com", [443]),
    ],
)
def test_the_agent_reaches_the_port_of_its_proxy(proxy_url: str | None, ports: list[int]) -> None:
    _, outside = policy_spec(credential_source="irsa", proxy_url=proxy_url)["egress"]
    assert outside == {"ports": [{"protocol": "TCP", "port": port} for port in ports]}


def test_a_collector_takes_spans_too_and_shows_its_metrics() -> None:
    traces, metrics = policy_spec(agent="collector")["ingress"]
    (before,) = policy_spec()["ingress"]
    spans = [{"protocol": "TCP", "port": 4317}, {"protocol": "TCP", "port": 4318}]
    assert traces == {"from_": before["from_"], "ports": [*before["ports"], *spans]}
    assert metrics == METRICS


@pytest.mark.parametrize(
    "inputs", [{}, {"ip_family": "dual-stack", "proxy_url": "http://proxy.example.com:3128"}]
)
def test_every_agent_reaches_aws_and_a_collector_its_gateway(inputs: dict[str, Any]) -> None:
    to_aws = policy_spec(**inputs)["egress"]
    assert policy_spec(agent="collector", **inputs)["egress"] == to_aws
    assert gateway_policy_spec(**inputs)["egress"] == to_aws
    assert policy_spec(GATEWAY, agent="collector", **inputs)["egress"] == [
        *to_aws,
        {
            "to": [{"pod_selector": {"match_labels": GATEWAY}}],
            "ports": [{"protocol": "TCP", "port": 4317}],
        },
    ]


def test_a_gateway_takes_spans_from_the_collectors_alone() -> None:
    policy = gateway_policy_spec(ingress_namespaces=["shop"])
    assert policy["pod_selector"] == {"match_labels": GATEWAY}
    assert policy["policy_types"] == ["Ingress", "Egress"]
    assert policy["ingress"] == [
        {
            "from_": [{"pod_selector": {"match_labels": SELECTOR}}],
            "ports": [{"protocol": "TCP", "port": 4317}],
        },
        METRICS,
    ]
