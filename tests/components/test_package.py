"""What programs in other languages rely on: the components as a Pulumi package."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

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
    "VpcEndpoints": {"region", "subnetIds", "vpcEndpoints", "vpcId"},
}
"""The inputs that a program in any language must give: one more breaks those that exist."""

ENUMS: Final[Mapping[str, set[str]]] = {
    "AgentKind": {"daemon", "collector"},
    "Architecture": {"amd64", "arm64"},
    "CollectorExporter": {"xray", "otlp"},
    "CredentialSource": {"pod-identity", "irsa", "node-role"},
    "EndpointService": {"xray", "sts", "eks-auth", "ecr", "ec2"},
    "ImageSource": {"build", "mirror", "public"},
    "IpFamily": {"ipv4", "ipv6", "dual-stack"},
    "LogLevel": {"debug", "info", "warn", "error"},
    "Tracing": {"xray-sdk", "opentelemetry"},
    "TrafficDistribution": {"node", "prefer-node", "prefer-zone"},
    "UpgradePolicy": {"standard", "extended"},
}

NUMBERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Cluster": {"nodeCount": 3},
    "TraceDaemon": {"image": "daemon:1", "region": "eu-west-1", "memoryLimitMib": 256},
    "SampleServices": {
        "namespace": "default",
        "daemonAddress": "xray-service.default:2000",
        "clusterName": "shop",
        "sampleImage": "sample:1",
        "sampleDelayMilliseconds": 100,
        "sampleFaultPercent": 10,
    },
    "Sampling": {
        "samplingRules": [{"name": "a", "priority": 7, "fixedRate": 1, "reservoirSize": 3}],
        "traceGroups": [{"name": "a", "filterExpression": "fault"}],
    },
    "TransactionSearch": {"region": "eu-west-1", "indexingPercent": 5},
}
"""Inputs with numbers of those components that make something of them."""

PROGRAM: Final = """
import json
from pathlib import Path

from components.package import PackageProvider

provider = PackageProvider()
for component, inputs in json.loads(Path("inputs.json").read_text()).items():
    provider.construct(component.lower(), f"xray-on-kubernetes:index:{component}", inputs)
"""


def test_every_component_needs_few_inputs() -> None:
    resources = schema()["resources"]
    assert {each.__name__ for each in COMPONENTS} == REQUIRED.keys()
    assert all(resource["isComponent"] for resource in resources.values())
    assert {
        token.removeprefix(f"{PACKAGE}:index:"): set(resource.get("requiredInputs", []))
        for token, resource in resources.items()
    } == REQUIRED


def test_every_choice_is_an_enum() -> None:
    assert {
        token.removeprefix(f"{PACKAGE}:index:"): {member["value"] for member in each["enum"]}
        for token, each in schema()["types"].items()
        if "enum" in each
    } == ENUMS


def test_everything_in_the_package_is_described() -> None:
    described = schema()
    for token, resource in (described["resources"] | described["types"]).items():
        assert resource.get("description"), token
        for kind in ("inputProperties", "properties"):
            for name, each in resource.get(kind, {}).items():
                assert each.get("description"), f"{token} {name}"


def test_numbers_of_other_languages_are_whole_too(tmp_path: Path) -> None:
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
