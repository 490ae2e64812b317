"""The ConfigMaps with the collectors' files: never changed, and named by their contents."""

from typing import Any, Final

import pytest

from components import IpFamily
from components.agent.collector.configuration import sentinel_configuration
from components.agent.collector.files import content_hash
from tests.support.agents import (
    WRITER,
    config_map_of,
    files_of,
    in_gateway,
    on_node,
    pod_of,
    template_of,
    to_gateway,
    with_collector,
)
from tests.support.program import only
from tools.lab.deployment import Deployment

SAMPLED: Final = {"gateway_replicas": 2, "tail_sampling": {"percent": 5}}

SHAPES: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "gateway": SAMPLED,
    "otlp": {"collector_exporter": "otlp", "gateway_replicas": 1},
    "reserved-namespace": {"namespace": "kube-system", "credential_source": "node-role"},
}


def kinds_of(deployment: Deployment) -> list[str]:
    return [kind for kind in ("DaemonSet", "Deployment") if deployment.objects(kind)]


def name_of(deployment: Deployment, kind: str = "DaemonSet") -> str:
    return config_map_of(deployment, kind)["metadata"]["name"]


@pytest.mark.parametrize("shape", SHAPES)
def test_pods_mount_and_read_config_maps_that_never_change(shape: str) -> None:
    deployment = with_collector(**SHAPES[shape])
    namespace = only(deployment.objects("DaemonSet"))["metadata"]["namespace"]
    assert len(deployment.objects("ConfigMap")) == len(kinds_of(deployment))
    for kind in kinds_of(deployment):
        config_map, pod = config_map_of(deployment, kind), pod_of(deployment, kind)
        assert config_map["immutable"] is True
        assert config_map["metadata"]["namespace"] == namespace
        read: list[str] = []
        for container in pod["containers"]:
            mount = container["volumeMounts"][0]
            assert (mount["name"], mount["readOnly"]) == (pod["volumes"][0]["name"], True)
            path, _, file = only(container["args"]).removeprefix("--config=").rpartition("/")
            assert path == mount["mountPath"]
            read.append(file)
        assert sorted(read) == sorted(config_map["data"])


@pytest.mark.parametrize("change", [{"region": "eu-north-1"}, {"gateway_replicas": 1}])
def test_another_configuration_has_another_name(change: dict[str, Any]) -> None:
    before, after = with_collector(), with_collector(**change)
    assert name_of(after) != name_of(before)
    assert name_of(after).startswith("xray-collector-")


def test_the_same_configuration_has_the_same_name() -> None:
    assert name_of(with_collector(labels={"a": "b"})) == name_of(with_collector())
    one, other = {"a": {"b": 1, "c": 2}}, {"a": {"c": 2, "b": 1}}
    assert content_hash(one) == content_hash(other)
    assert content_hash(one) != content_hash({"a": {"b": 1, "c": 3}})


def test_a_change_of_the_gateway_replaces_no_pod_of_a_node() -> None:
    before, after = with_collector(gateway_replicas=2), with_collector(**SAMPLED)
    assert name_of(after, "Deployment") != name_of(before, "Deployment")
    assert template_of(after) == template_of(before)


@pytest.mark.parametrize("family", IpFamily)
def test_a_node_s_files_are_made_from_the_component_s_inputs(family: IpFamily) -> None:
    inputs: dict[str, Any] = {
        "region": "eu-north-1",
        "ip_family": family.value,
        "collector_memory_limit_mib": 512,
        "assume_role_arn": WRITER,
        "indexed_attributes": ["shop.order"],
        "on_eks": False,
    }
    assert files_of(with_collector(**inputs)) == {
        "collector.yaml": on_node(**inputs),
        "sentinel.yaml": sentinel_configuration(family),
    }


def test_nodes_send_to_the_gateway_and_the_gateway_to_aws() -> None:
    deployment = with_collector(**SAMPLED, assume_role_arn=WRITER)
    gateway = in_gateway(**SAMPLED, assume_role_arn=WRITER)
    assert files_of(deployment, "Deployment") == {"collector.yaml": gateway}
    node = on_node(to_gateway(), assume_role_arn=WRITER)
    assert files_of(deployment)["collector.yaml"] == node
