from typing import Any, Final, cast

import pytest

from components.agent.agents import DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB, MINIMUM_COLLECTOR_MEMORY_MIB
from components.agent.collector.program import COLLECTOR_FLUSH_SECONDS, collector_pod_spec
from components.agent.daemon.program import daemon_pod_spec

PROBES: Final = ("startup_probe", "readiness_probe", "liveness_probe")

OF_WHAT_RUNS_IN_IT: Final = {"containers", "security_context", "termination_grace_period_seconds"}
"""What of a pod is not the same for a daemon and for a collector."""


def pod_spec(**others: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "image": "collector:1",
        "region": "eu-west-1",
        "service_account": "xray-daemon",
        "configuration": "xray-collector-0123456789",
        "memory_limit_mib": 384,
        **others,
    }
    return cast(dict[str, Any], collector_pod_spec(**given))


def container(**others: Any) -> dict[str, Any]:
    return pod_spec(**others)["containers"][0]


def gate(**others: Any) -> dict[str, Any]:
    _, found = pod_spec(**others)["containers"]
    return found


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"architectures": ["arm64"]},
        {"node_selector": {"pool": "traced"}},
        {"priority_class": "system-node-critical"},
        {"host_port": True},
    ],
)
def test_a_collector_s_pod_goes_where_a_daemon_s_does(others: dict[str, Any]) -> None:
    daemon = cast(
        dict[str, Any],
        daemon_pod_spec(
            image="daemon:1",
            region="eu-west-1",
            service_account="xray-daemon",
            memory_limit_mib=128,
            **others,
        ),
    )
    collector = pod_spec(**others)
    where = daemon.keys() - OF_WHAT_RUNS_IN_IT
    assert {key: collector[key] for key in where} == {key: daemon[key] for key in where}
    assert collector.keys() - daemon.keys() == {"volumes"}
    assert collector["tolerations"] == [{"operator": "Exists"}], "whatever a node's taints"


def test_a_collector_has_the_daemon_s_ports_and_those_of_spans_health_and_metrics() -> None:
    ports = {(each["name"], each["protocol"], each["container_port"]) for each in ports_of()}
    assert ports == {
        ("segments", "UDP", 2000),
        ("proxy", "TCP", 2000),
        ("otlp-grpc", "TCP", 4317),
        ("otlp-http", "TCP", 4318),
        ("health", "TCP", 13133),
        ("metrics", "TCP", 8888),
    }


def test_a_node_s_own_port_leads_to_a_collector_s_daemon_ports_alone() -> None:
    own = {each["name"]: each.get("host_port") for each in ports_of(host_port=True)}
    assert {name: port for name, port in own.items() if port} == {"segments": 2000, "proxy": 2000}
    assert not any(each.get("host_port") for each in ports_of())


def test_a_probe_asks_the_collector_whether_it_is_healthy() -> None:
    collector = container()
    for probe in PROBES:
        assert collector[probe]["http_get"] == {"path": "/", "port": "health"}
        assert not collector[probe].keys() & {"tcp_socket", "exec_", "grpc"}


def test_the_collector_and_its_gate_read_different_files_of_the_same_config_map() -> None:
    pod = pod_spec(configuration="xray-collector-abc")
    (volume,) = pod["volumes"]
    assert volume["config_map"] == {"name": "xray-collector-abc"}
    for each, file in zip(pod["containers"], ("collector.yaml", "gate.yaml"), strict=True):
        (mount,) = each["volume_mounts"]
        assert (mount["name"], mount["read_only"]) == (volume["name"], True)
        assert each["args"] == [f"--config={mount['mount_path']}/{file}"]


def test_the_image_s_own_command_stays() -> None:
    assert not any("command" in each for each in pod_spec()["containers"])


def test_a_collector_is_told_its_region_its_node_and_its_memory() -> None:
    variable = {"name": "HTTPS_PROXY", "value": "http://proxy"}
    assert container(environment=[variable])["env"] == [
        {"name": "AWS_REGION", "value": "eu-west-1"},
        {"name": "AWS_HOSTNAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
        {"name": "GOMEMLIMIT", "value": "345MiB"},
        variable,
    ]


@pytest.mark.parametrize("limit", [MINIMUM_COLLECTOR_MEMORY_MIB, 384, 8192])
def test_a_collector_may_use_the_memory_that_it_is_given(limit: int) -> None:
    resources = container(memory_limit_mib=limit)["resources"]
    assert resources["limits"]["memory"] == f"{limit}Mi"
    assert resources["requests"]["memory"] == f"{limit // 2}Mi"


def test_a_collector_has_more_than_its_program_takes_where_nothing_is_said() -> None:
    assert 122 < MINIMUM_COLLECTOR_MEMORY_MIB < DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB


def test_the_gate_is_the_collector_s_own_program_on_the_gate_s_port() -> None:
    (port,) = gate()["ports"]
    assert gate()["image"] == container()["image"]
    assert port["container_port"] == 2001
    assert gate()["readiness_probe"]["tcp_socket"] == {"port": port["name"]}
    assert port["container_port"] not in {each["container_port"] for each in ports_of()}


def test_the_gate_has_room_for_a_collector_s_program() -> None:
    assert gate()["resources"]["limits"]["memory"] == "128Mi"


def test_a_collector_still_listens_for_a_while_when_it_is_told_to_stop_and_then_sends() -> None:
    pod = pod_spec()
    sleep = pod["containers"][0]["lifecycle"]["pre_stop"]["sleep"]["seconds"]
    assert sleep >= 8
    assert pod["termination_grace_period_seconds"] == sleep + COLLECTOR_FLUSH_SECONDS
    assert "lifecycle" not in gate()


def test_a_collector_with_a_host_port_has_no_gate_but_as_long_to_send() -> None:
    pod = pod_spec(host_port=True)
    (collector,) = pod["containers"]
    assert "lifecycle" not in collector
    assert pod["termination_grace_period_seconds"] == COLLECTOR_FLUSH_SECONDS


def ports_of(**others: Any) -> list[dict[str, Any]]:
    return container(**others)["ports"]
