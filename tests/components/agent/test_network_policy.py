"""Who reaches the agent, and what it reaches; `test_gateway` has the gateway."""

from typing import Any, Final, cast

import pytest

from components.agent.agents import agent_of
from components.agent.network_policy import network_policy_spec
from tests.support.agents import BOTH, complete

SELECTOR: Final = {"app.kubernetes.io/name": "xray-daemon"}

METRICS: Final = {
    "from_": [{"namespace_selector": {}}],
    "ports": [{"protocol": "TCP", "port": 8888}],
}
"""Every pod of the cluster may read a collector's own metrics."""


def policy_spec(**inputs: Any) -> dict[str, Any]:
    args = complete(**inputs)
    return cast(dict[str, Any], network_policy_spec(args, SELECTOR, agent_of(args).ports, None))


@pytest.mark.parametrize(
    ("source", "family", "addresses"),
    [
        ("irsa", "ipv4", []),
        ("pod-identity", "dual-stack", ["169.254.170.23/32", "fd00:ec2::23/128"]),
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


@pytest.mark.parametrize("agent", [{}, {"agent": "collector"}, BOTH])
def test_pods_of_the_named_namespaces_are_let_in_and_no_others(agent: dict[str, Any]) -> None:
    everybody = policy_spec(**agent)
    some = policy_spec(**agent, ingress_namespaces=["shop", "xray"])
    traces, *metrics = some["ingress"]
    chosen = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "xray"]}
    assert traces["from_"] == [{"namespace_selector": {"match_expressions": [chosen]}}]
    assert traces["ports"] == everybody["ingress"][0]["ports"]
    assert metrics == ([METRICS] if agent else [])
    assert some["egress"] == everybody["egress"]


@pytest.mark.parametrize(
    ("proxy_url", "ports"),
    [
        (None, [443]),
        ("http://proxy.example.com:3128", [443, 3128]),
        ("http://proxy.example.com", [80, 443]),
        ("https://proxy.example.com", [443]),
        ("https://[fd00::7]:8443", [443, 8443]),
    ],
)
def test_the_agent_reaches_the_port_of_its_proxy(proxy_url: str | None, ports: list[int]) -> None:
    _, outside = policy_spec(credential_source="irsa", proxy_url=proxy_url)["egress"]
    assert outside == {"ports": [{"protocol": "TCP", "port": port} for port in ports]}


def test_a_collector_takes_spans_too_and_shows_its_metrics() -> None:
    daemon, collector = policy_spec(), policy_spec(agent="collector")
    traces, metrics = collector["ingress"]
    (before,) = daemon["ingress"]
    spans = [{"protocol": "TCP", "port": 4317}, {"protocol": "TCP", "port": 4318}]
    assert traces == {"from_": before["from_"], "ports": [*before["ports"], *spans]}
    assert metrics == METRICS
    assert collector["egress"] == daemon["egress"]
    assert policy_spec(**BOTH) == collector
