from typing import Any, Final, cast

import pytest

from components import IpFamily, Routing
from components.agent.service import address, admission_labels, rollout_strategy, service_spec

SELECTOR: Final = {"app.kubernetes.io/name": "xray-daemon"}


def test_no_node_is_without_a_daemon_during_a_rollout() -> None:
    assert rollout_strategy(host_port=False) == {
        "type": "RollingUpdate",
        "rolling_update": {"max_surge": "10%", "max_unavailable": 0},
    }


def test_two_pods_never_meet_at_one_host_port() -> None:
    strategy = rollout_strategy(host_port=True)
    assert strategy == {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "10%"}}


def test_the_address_is_the_one_that_applications_know() -> None:
    assert address("default") == "xray-service.default:2000"


def test_the_service_keeps_traces_on_their_node_behind_one_lasting_address() -> None:
    service = service_spec(SELECTOR)
    assert service.get("type") == "ClusterIP"
    assert service.get("internal_traffic_policy") == "Local"
    assert "cluster_ip" not in service
    ports = cast(list[dict[str, Any]], service.get("ports"))
    assert {(port["protocol"], port["port"]) for port in ports} == {("UDP", 2000), ("TCP", 2000)}


@pytest.mark.parametrize(
    ("routing", "rule"),
    [
        (Routing.NODE, {"internal_traffic_policy": "Local"}),
        (Routing.PREFER_NODE, {"traffic_distribution": "PreferSameNode"}),
        (Routing.PREFER_ZONE, {"traffic_distribution": "PreferClose"}),
    ],
)
def test_a_service_leads_to_one_node_alone_or_prefers_some(
    routing: Routing, rule: dict[str, str]
) -> None:
    service = cast(dict[str, Any], service_spec(SELECTOR, routing=routing))
    rules = service.keys() & {"internal_traffic_policy", "traffic_distribution"}
    assert {key: service[key] for key in rules} == rule


@pytest.mark.parametrize(
    ("family", "addresses"),
    [
        (IpFamily.IPV4, {}),
        (IpFamily.IPV6, {"ip_family_policy": "SingleStack", "ip_families": ["IPv6"]}),
        (
            IpFamily.DUAL_STACK,
            {"ip_family_policy": "RequireDualStack", "ip_families": ["IPv4", "IPv6"]},
        ),
    ],
)
def test_a_service_has_the_addresses_of_its_cluster(
    family: IpFamily, addresses: dict[str, Any]
) -> None:
    service = service_spec(SELECTOR, ip_family=family)
    assert service == {**service_spec(SELECTOR), **addresses}


@pytest.mark.parametrize(("host_port", "level"), [(False, "restricted"), (True, "privileged")])
def test_a_namespace_is_as_strict_as_the_daemon_lets_it_be(host_port: bool, level: str) -> None:
    assert admission_labels(host_port) == {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": "restricted",
    }
