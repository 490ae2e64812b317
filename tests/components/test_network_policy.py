from typing import Any, Final, cast

import pytest

from components import Backend, Credentials, IpFamily
from components.agent.network_policy import gateway_network_policy_spec, network_policy_spec

SELECTOR: Final = {"app.kubernetes.io/name": "xray-daemon"}
GATEWAY: Final = {"app.kubernetes.io/name": "xray-gateway"}

METRICS: Final = {
    "from_": [{"namespace_selector": {}}],
    "ports": [{"protocol": "TCP", "port": 8888}],
}
"""Every pod of the cluster may read a collector's own metrics."""


def policy_spec(credentials: Credentials = Credentials.IRSA, **others: Any) -> dict[str, Any]:
    return cast(dict[str, Any], network_policy_spec(SELECTOR, credentials, **others))


def collector_policy_spec(**others: Any) -> dict[str, Any]:
    return policy_spec(backend=Backend.COLLECTOR, **others)


def gateway_policy_spec(
    credentials: Credentials = Credentials.IRSA, **others: Any
) -> dict[str, Any]:
    spec = gateway_network_policy_spec(GATEWAY, SELECTOR, credentials, **others)
    return cast(dict[str, Any], spec)


@pytest.mark.parametrize(
    ("credentials", "sources"),
    [
        (Credentials.POD_IDENTITY, ["169.254.170.23/32"]),
        (Credentials.IRSA, []),
        (Credentials.NODE_ROLE, ["169.254.169.254/32"]),
    ],
)
def test_the_network_policy_lets_pods_in_and_the_daemon_out_to_what_it_needs(
    credentials: Credentials, sources: list[str]
) -> None:
    policy = network_policy_spec(SELECTOR, credentials)
    assert policy == {
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
                    "to": [{"ip_block": {"cidr": source}}],
                    "ports": [{"protocol": "TCP", "port": 80}],
                }
                for source in sources
            ),
        ],
    }


@pytest.mark.parametrize(
    ("credentials", "family", "sources"),
    [
        (Credentials.POD_IDENTITY, IpFamily.IPV6, ["fd00:ec2::23/128"]),
        (
            Credentials.POD_IDENTITY,
            IpFamily.DUAL_STACK,
            ["169.254.170.23/32", "fd00:ec2::23/128"],
        ),
        (Credentials.IRSA, IpFamily.DUAL_STACK, []),
        (Credentials.NODE_ROLE, IpFamily.IPV6, ["fd00:ec2::254/128"]),
        (
            Credentials.NODE_ROLE,
            IpFamily.DUAL_STACK,
            ["169.254.169.254/32", "fd00:ec2::254/128"],
        ),
    ],
)
def test_the_daemon_reaches_its_credentials_at_the_addresses_of_its_cluster(
    credentials: Credentials, family: IpFamily, sources: list[str]
) -> None:
    egress = policy_spec(credentials, ip_family=family)["egress"]
    reached = [each for each in egress if "to" in each]
    assert [each["to"] for each in reached] == [[{"ip_block": {"cidr": at}}] for at in sources]
    assert all(each["ports"] == [{"protocol": "TCP", "port": 80}] for each in reached)


def test_pods_of_the_namespaces_that_are_named_are_let_in_and_no_others() -> None:
    everybody, some = policy_spec(), policy_spec(namespaces=["shop", "xray"])
    (rule,) = some["ingress"]
    chosen = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop", "xray"]}
    assert rule["from_"] == [{"namespace_selector": {"match_expressions": [chosen]}}]
    assert rule["ports"] == everybody["ingress"][0]["ports"]
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
def test_the_daemon_reaches_the_port_of_its_proxy(proxy_url: str | None, ports: list[int]) -> None:
    _, outside = policy_spec(proxy_url=proxy_url)["egress"]
    assert outside == {"ports": [{"protocol": "TCP", "port": port} for port in ports]}


def test_a_collector_takes_spans_too_and_shows_its_metrics() -> None:
    traces, metrics = collector_policy_spec()["ingress"]
    (before,) = policy_spec()["ingress"]
    spans = [{"protocol": "TCP", "port": 4317}, {"protocol": "TCP", "port": 4318}]
    assert traces == {"from_": before["from_"], "ports": [*before["ports"], *spans]}
    assert metrics == METRICS


def test_spans_come_from_the_namespaces_that_are_named_and_metrics_go_to_all() -> None:
    traces, metrics = collector_policy_spec(namespaces=["shop"])["ingress"]
    (before,) = policy_spec(namespaces=["shop"])["ingress"]
    assert traces["from_"] == before["from_"]
    assert metrics == METRICS


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"ip_family": IpFamily.DUAL_STACK},
        {"proxy_url": "http://proxy.example.com:3128"},
        {"credentials": Credentials.POD_IDENTITY},
    ],
)
def test_a_collector_and_a_gateway_reach_what_a_daemon_does_and_a_collector_its_gateway_too(
    others: dict[str, Any],
) -> None:
    daemon, gateway = policy_spec(**others), gateway_policy_spec(**others)
    assert collector_policy_spec(**others)["egress"] == daemon["egress"]
    assert gateway["egress"] == daemon["egress"]
    *to_aws, to_gateway = collector_policy_spec(gateway=GATEWAY, **others)["egress"]
    assert to_aws == daemon["egress"]
    assert to_gateway == {
        "to": [{"pod_selector": {"match_labels": GATEWAY}}],
        "ports": [{"protocol": "TCP", "port": 4317}],
    }


def test_a_gateway_takes_spans_from_the_collectors_alone() -> None:
    policy = gateway_policy_spec()
    assert policy["pod_selector"] == {"match_labels": GATEWAY}
    assert policy["policy_types"] == ["Ingress", "Egress"]
    assert policy["ingress"] == [
        {
            "from_": [{"pod_selector": {"match_labels": SELECTOR}}],
            "ports": [{"protocol": "TCP", "port": 4317}],
        },
        METRICS,
    ]
