"""What the rehearsal does not know, or what Kubernetes would refuse, is an error."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.lab.deployment import Resource
from tools.lab.errors import ToolError
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud
from tools.rehearsal.kubernetes_objects import KubernetesObjects
from tools.rehearsal.providers import Providers

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "a", "namespace": "xray"},
    "spec": {"ports": [{"port": 80}]},
}


def _resource(resource_type: str, inputs: Mapping[str, Any]) -> Resource:
    urn = f"urn:pulumi:dev::xray-on-kubernetes::{resource_type}::a"
    return Resource(
        urn=urn,
        type=resource_type,
        name="a",
        inputs=inputs,
        parent="",
        dependencies=frozenset(),
        custom=True,
    )


@pytest.fixture
def providers(tmp_path: Path) -> Providers:
    nowhere = Cloud("eu-west-1", "http://127.0.0.1:9", AwsCredentials("-", "-"))
    return Providers(nowhere, KubernetesObjects(tmp_path / "manifests", None))


def test_a_type_that_is_not_known_is_an_error(providers: Providers) -> None:
    with pytest.raises(ToolError, match="does not know resources of type aws:sns/topic:Topic"):
        providers.create(_resource("aws:sns/topic:Topic", {}))


def test_a_function_that_is_not_known_is_an_error(providers: Providers) -> None:
    with pytest.raises(ToolError, match="does not know the function aws:sns/getTopic:getTopic"):
        providers.invoke("aws:sns/getTopic:getTopic", {})


def test_a_right_object_is_written_as_its_manifest(providers: Providers, tmp_path: Path) -> None:
    providers.create(_resource("kubernetes:core/v1:Service", SERVICE))
    written = (tmp_path / "manifests/service-a.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(written) == SERVICE


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"spec": {"ports": [{"port": "eighty"}]}}, "spec.ports.0.port: 'eighty'"),
        ({"spec": {"portz": []}}, "'portz' was unexpected"),
        ({"kind": "Servize"}, "Couldn't find schema for kind Servize"),
    ],
)
def test_an_object_that_kubernetes_would_refuse_is_an_error(
    providers: Providers, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ToolError, match="is no valid object of Kubernetes") as refused:
        providers.create(_resource("kubernetes:core/v1:Service", {**SERVICE, **change}))
    assert sentence in str(refused.value)


def test_manifests_of_an_earlier_run_are_gone(tmp_path: Path) -> None:
    stale = tmp_path / "manifests/service-old.yaml"
    stale.parent.mkdir()
    stale.write_text("kind: Service", encoding="utf-8")
    KubernetesObjects(stale.parent, None)
    assert not stale.exists()
