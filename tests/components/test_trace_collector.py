from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components import IpFamily
from components.agent.collector.configuration import gate_configuration
from components.agent.collector.files import as_yaml, content_hash
from components.agent.collector.program import CONFIGURATION_FILE, GATE_FILE
from tests.components.collectors import (
    WRITER,
    config_map_of,
    declared_with,
    files_of,
    in_gateway,
    on_node,
    pod_of,
    template_of,
    to_aws,
    to_gateway,
    with_collector,
)
from tests.components.restricted import violations
from tests.support.program import daemon_policy, only
from tools.lab.deployment import Deployment, Manifest

OTLP_PORTS: Final = [
    {
        "name": "otlp-grpc",
        "port": 4317,
        "targetPort": "otlp-grpc",
        "protocol": "TCP",
        "appProtocol": "kubernetes.io/h2c",
    },
    {
        "name": "otlp-http",
        "port": 4318,
        "targetPort": "otlp-http",
        "protocol": "TCP",
        "appProtocol": "http",
    },
]

SHAPES: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "gateway": {"inside": {"gateway_replicas": 2, "tail_sampling": {"percent": 5}}},
    "otlp": {"inside": {"exporter": "otlp", "gateway_replicas": 1}},
    "ipv6": {"ip_family": "ipv6", "inside": {"gateway_replicas": 2}},
    "reserved-namespace": {"namespace": "kube-system", "credentials": "node-role"},
}

CHANGES: Final[dict[str, dict[str, Any]]] = {
    "region": {"region": "eu-north-1"},
    "log-level": {"log_level": "debug"},
    "memory": {"memory_limit_mib": 512},
    "role": {"assume_role_arn": WRITER},
    "addresses": {"ip_family": "dual-stack"},
    "exporter": {"inside": {"exporter": "otlp"}},
    "platform": {"inside": {"on_eks": False}},
    "annotations": {"inside": {"indexed_attributes": ["shop.order"]}},
    "gateway": {"inside": {"gateway_replicas": 1}},
}

GATEWAY_CHANGES: Final[dict[str, dict[str, Any]]] = {
    "tail-sampling": {"tail_sampling": {"percent": 5}},
    "memory": {"gateway_memory_limit_mib": 2048},
    "annotations": {"indexed_attributes": ["shop.order"]},
    "exporter": {"exporter": "otlp"},
}


def service_of(deployment: Deployment) -> Manifest:
    services = deployment.objects("Service")
    return only([each for each in services if each["metadata"]["name"] == "xray-service"])


def pods_of(deployment: Deployment) -> list[Manifest]:
    kinds = [kind for kind in ("DaemonSet", "Deployment") if deployment.objects(kind)]
    return [pod_of(deployment, kind) for kind in kinds]


@pytest.mark.parametrize(
    "inputs", [{}, {"routing": "prefer-zone"}, {"ip_family": "dual-stack"}, {"namespace": "shop"}]
)
def test_applications_find_a_collector_where_they_found_the_daemon(
    tmp_path: Path, inputs: dict[str, Any]
) -> None:
    daemon, collector = declared_with(tmp_path, **inputs), with_collector(tmp_path, **inputs)
    assert collector.outputs["address"] == daemon.outputs["address"]
    before, after = service_of(daemon), service_of(collector)
    assert after["metadata"] == before["metadata"]
    assert {**after["spec"], "ports": None} == {**before["spec"], "ports": None}
    assert after["spec"]["ports"] == [*before["spec"]["ports"], *OTLP_PORTS]


@pytest.mark.parametrize("inputs", [{}, {"host_port": True}, {"prerequisites": ["a-policy"]}])
def test_a_change_to_a_collector_is_a_rollout_of_the_daemon_s_own_objects(
    tmp_path: Path, inputs: dict[str, Any]
) -> None:
    daemon, collector = declared_with(tmp_path, **inputs), with_collector(tmp_path, **inputs)
    before, after = (only(each.objects("DaemonSet")) for each in (daemon, collector))
    assert after["metadata"] == before["metadata"]
    for field in ("selector", "updateStrategy"):
        assert after["spec"][field] == before["spec"][field]
    assert template_of(collector)["metadata"] == template_of(daemon)["metadata"]
    for kind in ("Namespace", "ServiceAccount"):
        assert collector.objects(kind) == daemon.objects(kind)
    assert set(daemon.resources) < set(collector.resources), "each keeps its name"


def test_a_collector_s_pod_closes_as_a_daemon_s_does(tmp_path: Path) -> None:
    daemon, gate = pod_of(declared_with(tmp_path))["containers"]
    collector, collector_gate = pod_of(with_collector(tmp_path))["containers"]
    own = {"args", "env", "resources", "volumeMounts"}
    assert collector["lifecycle"] == daemon["lifecycle"]
    assert gate.keys() - own == collector_gate.keys() - own
    assert all(collector_gate[key] == gate[key] for key in gate.keys() - own)


def test_a_config_map_is_all_that_a_collector_needs_more_than_a_daemon(tmp_path: Path) -> None:
    daemon, collector = declared_with(tmp_path), with_collector(tmp_path)
    kinds = [each["kind"] for each in collector.objects()]
    assert sorted(kinds) == sorted([*(each["kind"] for each in daemon.objects()), "ConfigMap"])


def test_a_daemon_has_no_part_of_a_collector_even_where_one_is_described(tmp_path: Path) -> None:
    described = {"gateway_replicas": 2, "exporter": "otlp"}
    assert declared_with(tmp_path, collector=described).objects() == (
        declared_with(tmp_path).objects()
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_config_maps_that_pods_mount_are_never_changed(tmp_path: Path, shape: str) -> None:
    deployment = with_collector(tmp_path, **SHAPES[shape])
    mounted = [config_map_of(deployment, each["kind"]) for each in workloads_of(deployment)]
    assert sorted(map(str, mounted)) == sorted(map(str, deployment.objects("ConfigMap")))
    assert all(each["immutable"] is True for each in mounted)
    namespaces = {each["metadata"]["namespace"] for each in mounted}
    assert namespaces == {only(deployment.objects("DaemonSet"))["metadata"]["namespace"]}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_container_reads_a_file_that_is_in_its_config_map(tmp_path: Path, shape: str) -> None:
    deployment = with_collector(tmp_path, **SHAPES[shape])
    for workload in workloads_of(deployment):
        containers = pod_of(deployment, workload["kind"])["containers"]
        read = [only(each["args"]).rsplit("/", 1)[1] for each in containers]
        assert sorted(read) == sorted(config_map_of(deployment, workload["kind"])["data"])


@pytest.mark.parametrize("change", CHANGES)
def test_another_configuration_has_another_name_so_that_the_pods_are_replaced(
    tmp_path: Path, change: str
) -> None:
    before, again = with_collector(tmp_path), with_collector(tmp_path)
    after = with_collector(tmp_path, **CHANGES[change])
    assert config_map_of(again) == config_map_of(before)
    assert name_of(after) != name_of(before)
    assert name_of(after).startswith("xray-collector-")


@pytest.mark.parametrize("change", GATEWAY_CHANGES)
def test_what_changes_a_gateway_alone_replaces_no_pod_of_a_node(
    tmp_path: Path, change: str
) -> None:
    gateway = {"gateway_replicas": 1}
    before = with_collector(tmp_path, inside=gateway)
    after = with_collector(tmp_path, inside={**gateway, **GATEWAY_CHANGES[change]})
    assert name_of(after, "Deployment") != name_of(before, "Deployment")
    assert template_of(after) == template_of(before)


def test_a_pod_is_made_after_the_config_map_that_it_mounts(tmp_path: Path) -> None:
    deployment = with_collector(tmp_path, inside={"gateway_replicas": 1})
    for kind in ("DaemonSet", "Deployment"):
        (workload,) = deployment.of_type(f"kubernetes:apps/v1:{kind}")
        mounted = config_map_of(deployment, kind)["metadata"]["name"]
        (config_map,) = (
            each.urn
            for each in deployment.of_type("kubernetes:core/v1:ConfigMap")
            if each.inputs["metadata"]["name"] == mounted
        )
        assert config_map in workload.dependencies


def test_the_name_is_that_of_the_content_whatever_the_order_of_its_keys() -> None:
    one, other = {"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}
    assert content_hash(one) == content_hash(other)
    assert content_hash(one) != content_hash({"a": {"b": 1, "c": 3}})


@pytest.mark.parametrize("family", IpFamily)
def test_a_collector_is_told_all_that_the_component_was(tmp_path: Path, family: IpFamily) -> None:
    told: dict[str, Any] = {"memory_limit_mib": 512, "assume_role_arn": WRITER}
    deployment = with_collector(
        tmp_path,
        inside={"indexed_attributes": ["shop.order"], "on_eks": False},
        region="eu-north-1",
        ip_family=family.value,
        **told,
    )
    told["ip_family"] = family
    way = to_aws(region="eu-north-1", indexed_attributes=["shop.order"], **told)
    written = files_of(deployment)
    assert written.keys() == {CONFIGURATION_FILE, GATE_FILE}
    assert written[GATE_FILE] == gate_configuration(family)
    assert written[CONFIGURATION_FILE] == on_node(way, region="eu-north-1", on_eks=False, **told)


def test_nodes_send_to_the_gateway_and_the_gateway_to_aws(tmp_path: Path) -> None:
    deployment = with_collector(
        tmp_path,
        inside={"gateway_replicas": 2, "tail_sampling": {"percent": 5}},
        assume_role_arn=WRITER,
    )
    sampled = in_gateway(
        to_aws(assume_role_arn=WRITER, memory_limit_mib=1024), tail_sampling={"percent": 5}
    )
    assert files_of(deployment, "Deployment") == {CONFIGURATION_FILE: sampled}
    node = files_of(deployment)[CONFIGURATION_FILE]
    assert node == on_node(to_gateway(), assume_role_arn=WRITER)


def test_the_network_lets_spans_in_and_out_to_a_gateway_where_there_is_one(tmp_path: Path) -> None:
    plain = policy_of(with_collector(tmp_path))
    traces, metrics = plain["ingress"]
    assert {each["port"] for each in traces["ports"]} == {2000, 4317, 4318}
    assert [each["port"] for each in metrics["ports"]] == [8888]
    gateway = policy_of(with_collector(tmp_path, inside={"gateway_replicas": 1}))
    *to_aws, to_gateway_pods = gateway["egress"]
    assert to_aws == plain["egress"]
    assert to_gateway_pods == {
        "to": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "xray-gateway"}}}],
        "ports": [{"protocol": "TCP", "port": 4317}],
    }


def test_a_file_is_read_back_as_it_was_meant() -> None:
    assert yaml.safe_load(as_yaml({"collector.yaml": on_node()})["collector.yaml"]) == on_node()


@pytest.mark.parametrize("shape", SHAPES)
def test_kubernetes_restricted_level_admits_every_collector(tmp_path: Path, shape: str) -> None:
    pods = pods_of(with_collector(tmp_path, **SHAPES[shape]))
    assert [violations(pod) for pod in pods] == [[] for _ in pods]
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_a_host_port_is_all_that_the_restricted_level_refuses_of_a_collector(
    tmp_path: Path,
) -> None:
    found = violations(pod_of(with_collector(tmp_path, host_port=True)))
    assert found == ["collector.ports.hostPort"]


def test_choices_and_numbers_may_come_as_other_languages_send_them(tmp_path: Path) -> None:
    deployment = with_collector(
        tmp_path,
        memory_limit_mib=512.0,
        log_level="info",
        inside={
            "exporter": "otlp",
            "gateway_replicas": 2.0,
            "gateway_memory_limit_mib": 2048.0,
            "tail_sampling": {"percent": 5, "slow_milliseconds": 500.0, "wait_seconds": 20.0},
        },
    )
    texts = [str(each) for each in deployment.objects()]
    assert not [text for text in texts for number in ("512.0", "2048.0") if number in text]
    assert only(deployment.objects("Deployment"))["spec"]["replicas"] == 2
    assert list(files_of(deployment, "Deployment")[CONFIGURATION_FILE]["exporters"]) == ["otlphttp"]


def policy_of(deployment: Deployment) -> Manifest:
    return daemon_policy(deployment)["spec"]


def workloads_of(deployment: Deployment) -> list[Manifest]:
    return [*deployment.objects("DaemonSet"), *deployment.objects("Deployment")]


def name_of(deployment: Deployment, kind: str = "DaemonSet") -> str:
    return config_map_of(deployment, kind)["metadata"]["name"]
