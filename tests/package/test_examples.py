import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.snapshots.schema import schema
from tests.support.program import ROOT, components_as_package, only, run
from tools.lab.deployment import Deployment
from tools.lab.project import Project

EXAMPLES: Final = ROOT / "examples"
PACKAGE: Final = "xray-on-kubernetes"
PLATFORM: Final = "acme/platform/production"

PROGRAM: Final[Mapping[str, Any]] = yaml.safe_load((EXAMPLES / "yaml/Pulumi.yaml").read_text())
TYPESCRIPT: Final = (EXAMPLES / "typescript/index.ts").read_text("utf-8")


def declared(example: str, **settings: str) -> Deployment:
    """Returns what an example in Python declares."""
    configuration = {"aws:region": "eu-west-1"} | {
        f"{example}:{key}": value for key, value in settings.items()
    }
    with components_as_package():
        return run(
            Project(EXAMPLES / example, example, "test", configuration),
            stacks={PLATFORM: {"clusterName": "platform"}},
        )


def association_of(deployment: Deployment) -> Mapping[str, Any]:
    return only(deployment.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")).inputs


def objects_in(deployment: Deployment) -> list[str | None]:
    """Returns the provider of each Kubernetes object."""
    made = deployment.resources.values()
    return [each.provider for each in made if each.type.startswith("kubernetes:")]


def test_the_example_with_a_cluster_of_its_own_traces_it() -> None:
    deployment = declared("own-cluster")
    cluster = deployment.made[only(deployment.of_type("aws:eks/cluster:Cluster")).urn].outputs
    association = association_of(deployment)
    assert association["clusterName"] == cluster["name"]
    daemon_set = only(deployment.objects("DaemonSet"))
    assert daemon_set["metadata"]["namespace"] == association["namespace"]
    pod = daemon_set["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == association["serviceAccount"]
    assert deployment.outputs == {"daemonAddress": "xray-service.xray:2000"}
    dependencies = only(deployment.of_type("kubernetes:apps/v1:DaemonSet")).dependencies
    assert {deployment.resources[urn].type for urn in dependencies} >= {
        "aws:eks/addon:Addon",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    }
    provider = only(deployment.of_type("pulumi:providers:kubernetes"))
    assert set(objects_in(deployment)) == {provider.urn}


def test_the_example_with_a_cluster_of_another_stack_traces_it() -> None:
    deployment = declared("cluster-of-another-stack", platformStack=PLATFORM)
    assert association_of(deployment)["clusterName"] == "platform"
    assert not deployment.of_type("aws:eks/cluster:Cluster")
    assert deployment.outputs == {"daemonAddress": "xray-service.xray:2000"}
    provider = only(deployment.of_type("pulumi:providers:kubernetes"))
    assert set(objects_in(deployment)) == {provider.urn}


@cache
def kept_schema() -> Mapping[str, Any]:
    return schema()


def components_in_yaml() -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Returns the kind and the inputs of each component in the YAML example."""
    return {
        name: (kind, resource["properties"])
        for name, resource in PROGRAM["resources"].items()
        for package, _, kind in [resource["type"].partition(":")]
        if package == PACKAGE
    }


@pytest.mark.parametrize("name", components_in_yaml())
def test_the_yaml_example_says_what_the_schema_knows(name: str) -> None:
    kind, inputs = components_in_yaml()[name]
    described = kept_schema()["resources"][f"{PACKAGE}:index:{kind}"]
    assert set(described.get("requiredInputs", [])) <= inputs.keys()
    assert list(_problems(inputs, described["inputProperties"])) == []


def _problems(inputs: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Names each input that the schema does not know, and each choice that it does not have."""
    for name, value in inputs.items():
        if name not in known:
            yield f"{name} is unknown"
            continue
        reference = known[name].get("$ref", "")
        kind = kept_schema()["types"].get(reference.removeprefix("#/types/"), {})
        if "enum" in kind and value not in [each["value"] for each in kind["enum"]]:
            yield f"{name} is {value}"
        if "properties" in kind:
            yield from _problems(value, kind["properties"])


def test_every_reference_in_the_yaml_example_leads_to_an_output() -> None:
    components = components_in_yaml()
    references = re.findall(r"\$\{(\w+)\.(\w+)\}", (EXAMPLES / "yaml/Pulumi.yaml").read_text())
    assert references
    for name, output in references:
        kind, _ = components[name]
        assert output in kept_schema()["resources"][f"{PACKAGE}:index:{kind}"]["properties"]


@pytest.mark.parametrize(
    ("kind", "inputs"),
    re.findall(r"new xray\.(\w+)\(\"[\w-]+\", \{\n(.*?)^\}", TYPESCRIPT, re.DOTALL | re.MULTILINE),
)
def test_the_typescript_example_gives_what_the_schema_knows(kind: str, inputs: str) -> None:
    described = kept_schema()["resources"][f"{PACKAGE}:index:{kind}"]
    given = set(re.findall(r"^ {4}(\w+):", inputs, re.MULTILINE))
    assert set(described.get("requiredInputs", [])) <= given
    assert given <= described["inputProperties"].keys()


def test_every_example_uses_this_checkout() -> None:
    for example in ("typescript", "yaml"):
        project = yaml.safe_load((EXAMPLES / example / "Pulumi.yaml").read_text("utf-8"))
        package = EXAMPLES / example / project["packages"][PACKAGE]
        assert (package / "PulumiPlugin.yaml").is_file()
    for example in ("own-cluster", "cluster-of-another-stack"):
        lines = (EXAMPLES / example / "requirements.txt").read_text("utf-8").splitlines()
        (source,) = [line for line in lines if not line.startswith("#")]
        assert Path(EXAMPLES / example / source).resolve() == ROOT
