"""What a rehearsal makes, and what it refuses to make."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.rehearsal.test_access import NODE, Rehearsed
from tools.lab.deployment import Resource
from tools.lab.errors import ToolError
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud, start_cloud
from tools.rehearsal.kubernetes_objects import KubernetesObjects
from tools.rehearsal.program import Providers

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "a", "namespace": "xray"},
    "spec": {"ports": [{"port": 80}]},
}


def resource_of(resource_type: str, inputs: Mapping[str, Any]) -> Resource:
    urn = f"urn:pulumi:dev::xray-on-kubernetes::{resource_type}::a"
    return Resource(urn, resource_type, "a", inputs, "", frozenset(), custom=True)


@pytest.fixture
def providers(tmp_path: Path) -> Providers:
    nowhere = Cloud("eu-west-1", "http://127.0.0.1:9", AwsCredentials("-", "-"))
    return Providers(nowhere, KubernetesObjects(tmp_path / "manifests", None))


def test_an_unknown_resource_type_is_an_error(providers: Providers) -> None:
    with pytest.raises(ToolError, match="does not know resources of type random:index:Id"):
        providers.create(resource_of("random:index:Id", {}))
    with pytest.raises(ToolError, match=r"Topic a: tools/lab/aws_calls.yaml does not name"):
        providers.create(resource_of("aws:sns/topic:Topic", {}))


def test_an_unknown_function_is_an_error(providers: Providers) -> None:
    with pytest.raises(ToolError, match="no answer here to the function aws:sns/getTopic:getTopic"):
        providers.invoke("aws:sns/getTopic:getTopic", {})


def test_what_moto_lacks_is_checked_against_the_model(providers: Providers) -> None:
    made = providers.create(resource_of("aws:xray/group:Group", {"groupName": "faults"}))
    assert made.kept.startswith("checked: ")
    with pytest.raises(ToolError, match=r"GroupName is f{33}; it must be at most 32 long"):
        providers.create(resource_of("aws:xray/group:Group", {"groupName": "f" * 33}))
    assert made.outputs["arn"].startswith("arn:aws:xray:eu-west-1:123456789012:group/")


def test_a_valid_object_is_written_as_its_manifest(providers: Providers, tmp_path: Path) -> None:
    providers.create(resource_of("kubernetes:core/v1:Service", SERVICE))
    written = tmp_path / "manifests/service-a.yaml"
    assert yaml.safe_load(written.read_text(encoding="utf-8")) == SERVICE
    KubernetesObjects(written.parent, None)
    assert not written.exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"spec": {"ports": [{"port": "eighty"}]}}, "spec.ports.0.port: 'eighty'"),
        ({"spec": {"portz": []}}, "'portz' was unexpected"),
        ({"kind": "Servize"}, "Couldn't find schema for kind Servize"),
    ],
)
def test_an_invalid_object_is_an_error(
    providers: Providers, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ToolError, match="is no valid object of Kubernetes") as refused:
        providers.create(resource_of("kubernetes:core/v1:Service", {**SERVICE, **change}))
    assert sentence in str(refused.value)


def test_roles_of_another_partition_are_known(tmp_path: Path) -> None:
    settings = {"aws:region": "cn-north-1", "credentialSource": "node-role"}
    with start_cloud("cn-north-1") as cloud:
        _, printed = Rehearsed(cloud, "china", settings, tmp_path).check()
    assert f"the agent allowed by {NODE}" in printed
