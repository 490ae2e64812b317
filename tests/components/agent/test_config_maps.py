"""The ConfigMaps with the collectors' files: never changed, and named by their contents.

The table of settings shows that a change of the gateway's replaces no pod of a node.
"""

from typing import Any, Final

import pytest

from components import IpFamily
from components.agent.collector.configuration import sentinel_configuration
from tests.support.agents import (
    WRITER,
    config_map_of,
    files_of,
    in_gateway,
    on_node,
    pod_of,
    to_gateway,
    with_collector,
)
from tests.support.program import only
from tools.lab.deployment import Deployment

SAMPLED: Final = {"gateway_replicas": 2, "tail_sampling": {"percent": 5}}

SHAPES: Final[dict[str, dict[str, Any]]] = {
    "plain": {},
    "gateway": SAMPLED,
    "reserved-namespace": {"namespace": "kube-system", "credential_source": "node-role"},
}


def name_of(deployment: Deployment) -> str:
    return config_map_of(deployment)["metadata"]["name"]


@pytest.mark.parametrize("shape", SHAPES)
def test_pods_mount_and_read_config_maps_that_never_change(shape: str) -> None:
    deployment = with_collector(**SHAPES[shape])
    namespace = only(deployment.objects("DaemonSet"))["metadata"]["namespace"]
    kinds = [kind for kind in ("DaemonSet", "Deployment") if deployment.objects(kind)]
    assert len(deployment.objects("ConfigMap")) == len(kinds)
    for kind in kinds:
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


def test_a_name_is_that_of_its_contents() -> None:
    assert name_of(with_collector(region="eu-north-1")) != name_of(with_collector())
    assert name_of(with_collector(labels={"a": "b"})) == name_of(with_collector())


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
