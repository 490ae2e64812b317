from typing import Any, Final, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import IpFamily, LogLevel
from components.agent.daemon.command import (
    DAEMON_OWN_MEMORY_MIB,
    MINIMUM_MEMORY_MIB,
    OWN_FLAGS,
    buffer_mib,
)
from components.agent.daemon.program import daemon_pod_spec
from components.agent.pod.affinity import node_affinity

LEAST_BUFFER_MIB: Final = 3
"""With less the daemon exits (aws/aws-xray-daemon, cmd/tracing/daemon.go)."""

LIMITS: Final = st.integers(64, 4096)


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
    assert daemon["resources"]["limits"]["memory"] == f"{limit}Mi"
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


@pytest.mark.parametrize(
    ("family", "anywhere", "own"),
    [
        (IpFamily.IPV4, "0.0.0.0", "127.0.0.1"),
        (IpFamily.IPV6, "[::]", "[::1]"),
        (IpFamily.DUAL_STACK, "[::]", "127.0.0.1"),
    ],
)
def test_the_daemon_and_its_gate_listen_on_the_addresses_of_their_cluster(
    family: IpFamily, anywhere: str, own: str
) -> None:
    daemon, gate = pod_spec(ip_family=family)["containers"]
    assert _listens(daemon) == (f"{anywhere}:2000", f"{anywhere}:2000")
    assert _listens(gate) == (f"{own}:2001", f"{anywhere}:2001")


@pytest.mark.parametrize(
    "selector", [None, {}, {"pool": "traced"}, {"kubernetes.io/os": "windows"}]
)
def test_the_daemon_stays_on_linux_whatever_nodes_are_chosen(
    selector: dict[str, str] | None,
) -> None:
    linux = {"kubernetes.io/os": "linux"}
    assert pod_spec(node_selector=selector)["node_selector"] == {**(selector or {}), **linux}


def test_a_pod_has_a_priority_only_where_one_is_asked_for() -> None:
    assert "priority_class_name" not in pod_spec()
    high = pod_spec(priority_class="system-node-critical")
    assert high["priority_class_name"] == "system-node-critical"


def test_arguments_of_one_s_own_come_last_and_reach_the_daemon_alone() -> None:
    writer = "arn:aws:iam::111111111111:role/writer"
    daemon, gate = pod_spec(assume_role_arn=writer, extra_arguments=["-a", "shop"])["containers"]
    assert daemon["args"] == [*arguments(assume_role_arn=writer), "-a", "shop"]
    assert gate["args"] == pod_spec()["containers"][1]["args"]


def test_variables_of_one_s_own_come_beside_the_daemon_s() -> None:
    variable = {"name": "HTTPS_PROXY", "value": "http://proxy"}
    assert container(environment=[variable])["env"] == [*container()["env"], variable]


def test_every_flag_that_the_program_uses_is_its_own() -> None:
    used = {each[1:] for each in arguments(assume_role_arn="arn") if each.startswith("-")}
    assert used < OWN_FLAGS


def _listens(container: dict[str, Any]) -> tuple[str, str]:
    """Returns where a daemon takes segments, and where requests."""
    given = container["args"]
    return given[given.index("-b") + 1], given[given.index("-t") + 1]
