import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from components.package import COMPONENTS, PACKAGE
from tests.snapshots.schema import schema
from tests.support.program import run
from tools.lab.deployment import Deployment
from tools.lab.project import Project

REQUIRED: Final[Mapping[str, set[str]]] = {
    "Cluster": set(),
    "WriteAccess": {"namespace", "serviceAccount"},
    "DaemonImage": set(),
    "TraceDaemon": {"image", "region"},
    "Sampling": set(),
    "SampleServices": {"clusterName", "daemonAddress", "namespace"},
    "TransactionSearch": {"region"},
    "VpcEndpoints": {"region", "services", "subnetIds", "vpcId"},
}
"""The inputs that a program in any language must give: one more breaks those that exist."""

ENUMS: Final[Mapping[str, set[str]]] = {
    "Architecture": {"amd64", "arm64"},
    "Credentials": {"pod-identity", "irsa", "node-role"},
    "EndpointService": {"xray", "sts", "eks-auth", "ecr", "ec2"},
    "ImageSource": {"build", "mirror", "public"},
    "IpFamily": {"ipv4", "ipv6", "dual-stack"},
    "LogLevel": {"debug", "info", "warn", "error"},
    "Routing": {"node", "prefer-node", "prefer-zone"},
}

NUMBERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Cluster": {"nodeCount": 3},
    "TraceDaemon": {"image": "daemon:1", "region": "eu-west-1", "memoryLimitMib": 256},
    "SampleServices": {
        "namespace": "default",
        "daemonAddress": "xray-service.default:2000",
        "clusterName": "shop",
        "image": "sample:1",
        "delayMilliseconds": 100,
        "faultPercent": 10,
    },
    "Sampling": {
        "rules": [{"name": "a", "priority": 7, "fixedRate": 1, "reservoirSize": 3}],
        "groups": [{"name": "a", "filterExpression": "fault"}],
    },
    "TransactionSearch": {"region": "eu-west-1", "indexingPercent": 5},
}
"""Inputs with numbers of those components that make something of them."""

PROGRAM: Final = """
import json
from pathlib import Path

from tests.snapshots.schema import provider

for component, inputs in json.loads(Path("inputs.json").read_text()).items():
    provider().construct(component.lower(), f"xray-on-kubernetes:index:{component}", inputs)
"""


def test_every_component_is_in_the_package() -> None:
    resources = schema()["resources"]
    assert resources.keys() == {f"{PACKAGE}:index:{each.__name__}" for each in COMPONENTS}
    assert all(resource["isComponent"] for resource in resources.values())


@pytest.mark.parametrize("name", REQUIRED)
def test_a_component_needs_few_inputs(name: str) -> None:
    resource = schema()["resources"][f"{PACKAGE}:index:{name}"]
    assert set(resource.get("requiredInputs", [])) == REQUIRED[name]


@pytest.mark.parametrize("name", ENUMS)
def test_a_choice_is_an_enum_in_the_package(name: str) -> None:
    enum = schema()["types"][f"{PACKAGE}:index:{name}"]["enum"]
    assert {member["value"] for member in enum} == ENUMS[name]


def test_every_input_and_output_in_the_package_is_described() -> None:
    described = schema()
    for token, resource in (described["resources"] | described["types"]).items():
        assert resource.get("description"), token
        for kind in ("inputProperties", "properties"):
            for name, each in resource.get(kind, {}).items():
                assert each.get("description"), f"{token} {name}"


def test_numbers_of_other_languages_make_the_same_as_those_of_python(tmp_path: Path) -> None:
    whole, floats = tmp_path / "whole", tmp_path / "floats"
    assert _inputs(_construct(NUMBERS, whole)) == _inputs(_construct(_as_floats(NUMBERS), floats))


def _construct(inputs: Mapping[str, Any], directory: Path) -> Deployment:
    directory.mkdir()
    (directory / "__main__.py").write_text(PROGRAM)
    (directory / "inputs.json").write_text(json.dumps(inputs))
    return run(Project(directory, PACKAGE, "test", {"aws:region": "eu-west-1"}))


def _as_floats(value: Any) -> Any:
    """Returns a value as Pulumi's protocol brings it: it knows no whole numbers."""
    if isinstance(value, dict):
        return {key: _as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_floats(item) for item in value]
    return float(value) if isinstance(value, int) else value


def _inputs(deployment: Deployment) -> dict[str, Mapping[str, Any]]:
    return {urn: resource.inputs for urn, resource in deployment.resources.items()}
