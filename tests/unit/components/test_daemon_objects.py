from typing import Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import Credentials, LogLevel
from components.daemon_command import (
    DAEMON_OWN_MEMORY_MIB,
    MINIMUM_MEMORY_MIB,
    buffer_mib,
)
from components.daemon_objects import address, admission_labels, rollout_strategy, service_spec
from components.daemon_pod import daemon_pod_spec
from components.network_policy import network_policy_spec
from components.node_affinity import node_affinity

LEAST_BUFFER_MIB: Final = 3
"""With less the daemon exits (aws/aws-xray-daemon, cmd/tracing/daemon.go)."""

LIMITS: Final = st.integers(64, 4096)
SELECTOR: Final = {"app.kubernetes.io/name": "xray-daemon"}


def pod_spec(**others: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "image": "daemon:1",
        "region": "eu-west-1",
        "service_account": "xray-daemon",
        "memory_limit_mib": 128,
        **others,
    }
    return cast(dict[str, Any], daemon_pod_spec(**given))


def container(**others: Any) -> dict[str, Any]:
    return pod_spec(**others)["containers"][0]


def arguments(**others: Any) -> list[Any]:
    return container(**others)["args"]


@settings(deadline=None)
@given(LIMITS)
def test_the_buffer_and_what_its_garbage_needs_fit_within_the_memory_limit(limit: int) -> None:
    assert buffer_mib(limit) >= LEAST_BUFFER_MIB
    assert 2 * buffer_mib(limit) + DAEMON_OWN_MEMORY_MIB <= limit


def test_the_least_limit_is_the_one_that_the_settings_take() -> None:
    assert MINIMUM_MEMORY_MIB == 64
    assert DAEMON_OWN_MEMORY_MIB >= 30


@settings(deadline=None)
@given(LIMITS)
def test_go_collects_garbage_before_the_limit_kills_the_daemon(limit: int) -> None:
    daemon = container(memory_limit_mib=limit)
    (go_limit,) = (each["value"] for each in daemon["env"] if each["name"] == "GOMEMLIMIT")
    assert daemon["resources"]["limits"] == {"memory": f"{limit}Mi"}
    assert go_limit.endswith("MiB")
    assert buffer_mib(limit) + DAEMON_OWN_MEMORY_MIB <= int(go_limit.removesuffix("MiB")) < limit


@pytest.mark.parametrize("level", LogLevel)
def test_the_daemon_is_told_all_that_it_would_else_guess(level: LogLevel) -> None:
    assert arguments(log_level=level) == [
        *("-b", "0.0.0.0:2000"),
        *("-t", "0.0.0.0:2000"),
        "-o",
        *("-n", "eu-west-1"),
        *("-l", level.value),
        *("-m", "48"),
    ]


def test_the_daemon_writes_as_another_role_where_one_is_named() -> None:
    writer = "arn:aws:iam::111111111111:role/writer"
    told = arguments(assume_role_arn=writer)
    assert told[-2:] == ["-r", writer]
    assert told[:-2] == arguments()


@pytest.mark.parametrize("architectures", [None, ["arm64"], ["amd64", "arm64"]])
def test_a_pod_goes_only_to_nodes_that_can_run_its_image(architectures: list[str] | None) -> None:
    required = node_affinity(architectures, fargate=True).get(
        "required_during_scheduling_ignored_during_execution"
    )
    expected = (
        []
        if architectures is None
        else [{"key": "kubernetes.io/arch", "operator": "In", "values": architectures}]
    )
    assert required == {"node_selector_terms": [{"match_expressions": expected}]}


def test_no_daemon_is_pending_on_fargate() -> None:
    required = node_affinity(None, fargate=False).get(
        "required_during_scheduling_ignored_during_execution"
    )
    not_fargate = {
        "key": "eks.amazonaws.com/compute-type",
        "operator": "NotIn",
        "values": ["fargate"],
    }
    assert required == {"node_selector_terms": [{"match_expressions": [not_fargate]}]}


def test_the_image_s_own_command_stays() -> None:
    assert "command" not in container()


def test_a_probe_only_opens_a_port_since_the_daemon_signs_requests() -> None:
    daemon = container()
    for probe in ("startup_probe", "readiness_probe", "liveness_probe"):
        assert daemon[probe]["tcp_socket"] == {"port": "proxy"}
        assert not daemon[probe].keys() & {"http_get", "exec_", "grpc"}


def test_a_node_s_own_port_leads_to_the_daemon_only_where_it_is_asked_for() -> None:
    assert [port.get("host_port") for port in container()["ports"]] == [None, None]
    assert [port["host_port"] for port in container(host_port=True)["ports"]] == [2000, 2000]


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


@pytest.mark.parametrize(("host_port", "level"), [(False, "restricted"), (True, "privileged")])
def test_a_namespace_is_as_strict_as_the_daemon_lets_it_be(host_port: bool, level: str) -> None:
    assert admission_labels(host_port) == {
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": "restricted",
    }
