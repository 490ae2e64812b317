"""What the examples declare; tests/e2e/engine brings those up that Python can't run."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from components.inputs import Problem
from components.package import INPUTS, PACKAGE
from components.words import camel_case
from tests.snapshots.schema import FILE
from tests.support.agents import named
from tests.support.program import ROOT, components_as_package, only, run, run_source
from tests.support.readme import README, block
from tools.lab.deployment import Deployment
from tools.lab.project import Project

EXAMPLES: Final = ROOT / "examples"
IN_YAML: Final = ("both-agents", "trace-canary", "yaml")
PLATFORM: Final = "acme/platform/production"

LANGUAGES: Final = (ROOT / "docs/languages.md").read_text("utf-8")
PYTHON: Final = block("python", "", LANGUAGES)
TYPESCRIPT: Final = block("typescript", "", LANGUAGES)
YAML: Final = block("yaml", "", LANGUAGES)

SCHEMA: Final[Mapping[str, Any]] = json.loads(FILE.read_text("utf-8"))


def declared(example: str, **settings: str) -> Deployment:
    """Returns what an example in Python declares."""
    own = {f"{example}:{key}": value for key, value in settings.items()}
    configuration = {"aws:region": "eu-west-1", **own}
    with components_as_package():
        return run(
            Project(EXAMPLES / example, example, "test", configuration),
            stacks={PLATFORM: {"clusterName": "platform"}},
        )


def association_of(deployment: Deployment) -> Mapping[str, Any]:
    return only(deployment.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")).inputs


def assert_objects_go_to_its_cluster(deployment: Deployment) -> None:
    provider = only(deployment.of_type("pulumi:providers:kubernetes"))
    objects = [each for each in deployment.resources.values() if "kubernetes:" in each.type[:12]]
    assert {each.provider for each in objects} == {provider.urn}


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
        "eks:index:ManagedNodeGroup",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    }
    # Its nodes have addresses of their own, for subnets without a NAT gateway.
    made = only(deployment.of_type("eks:index:Cluster")).inputs
    assert made["subnetIds"]
    assert made.get("nodeAssociatePublicIpAddress") is not False
    assert_objects_go_to_its_cluster(deployment)


def test_the_example_with_a_cluster_of_another_stack_traces_it() -> None:
    deployment = declared("cluster-of-another-stack", platformStack=PLATFORM)
    assert association_of(deployment)["clusterName"] == "platform"
    assert not deployment.of_type("aws:eks/cluster:Cluster")
    assert deployment.outputs == {"daemonAddress": "xray-service.xray:2000"}
    assert_objects_go_to_its_cluster(deployment)


def test_the_example_of_sampling_changes_the_account_on_request_alone() -> None:
    account = "aws:xray/traceSegmentDestination:TraceSegmentDestination"
    deployment = declared("sampling-and-endpoints", clusterName="shop")
    assert deployment.of_type("aws:xray/samplingRule:SamplingRule")
    assert not deployment.of_type(account)
    asked = declared("sampling-and-endpoints", clusterName="shop", transactionSearch="true")
    assert asked.of_type(account)


def test_the_example_of_traced_workloads_adds_an_agent_to_each() -> None:
    deployment = declared("traced-workloads")
    for name, language in {"shop": "python", "orders": "java"}.items():
        pod = named(deployment, "Deployment", name)["spec"]["template"]["spec"]
        assert f"/instrumentation-{language}-" in pod["initContainers"][0]["image"]
        assert "@sha256:" in pod["initContainers"][0]["image"]


@pytest.mark.parametrize(
    "text",
    [*((EXAMPLES / each / "Pulumi.yaml").read_text("utf-8") for each in IN_YAML), YAML],
)
def test_yaml_gives_what_its_components_take(text: str) -> None:
    declared = yaml.safe_load(text)["resources"]
    kinds = {name: each["type"].replace(":", ":index:", 1) for name, each in declared.items()}
    for name in [name for name, kind in kinds.items() if kind in INPUTS]:
        problems: list[Problem] = []
        INPUTS[kinds[name]].read(declared[name]["properties"], problems, spell=camel_case)
        # What a reference comes to is not known here.
        assert [each.sentence for each in problems if "${" not in each.sentence] == []
    references = re.findall(r"\$\{(\w+)\.(\w+)\}", text)
    assert references
    for name, output in references:
        if kinds[name] not in SCHEMA["resources"]:
            continue
        assert output in SCHEMA["resources"][kinds[name]]["properties"]


@pytest.mark.parametrize(
    "text", [(EXAMPLES / "typescript/index.ts").read_text("utf-8"), TYPESCRIPT]
)
def test_typescript_gives_what_the_schema_knows(text: str) -> None:
    made = r"new xray\.(\w+)\(\"[\w-]+\", \{\n(.*?)^\}"
    components = re.findall(made, text, re.DOTALL | re.MULTILINE)
    assert components
    for kind, inputs in components:
        described = SCHEMA["resources"][f"{PACKAGE}:index:{kind}"]
        given = set(re.findall(r"^ {4}(\w+):", inputs, re.MULTILINE))
        assert set(described.get("requiredInputs", [])) <= given
        assert given <= described["inputProperties"].keys()


def test_every_language_gives_what_the_python_program_gives(tmp_path: Path) -> None:
    for program in (PYTHON, block("python", "", README)):
        assert run_source(program, tmp_path).outputs == {"address": "xray-service.xray:2000"}
    inputs = {each.replace("_", "") for each in re.findall(r'"(\w+)": ', PYTHON)}
    others = [block(each, "", LANGUAGES) for each in ("go", "csharp", "java", "typescript", "yaml")]
    for program in (*others, block("typescript", "", README)):
        assert inputs <= set(re.findall(r"\w+", program.lower())), program
    registry = (ROOT / "docs/_index.md").read_text("utf-8")
    assert [each for each in (PYTHON, *others) if each not in registry] == []


def test_every_example_uses_this_checkout() -> None:
    for example in ("typescript", *IN_YAML):
        project = yaml.safe_load((EXAMPLES / example / "Pulumi.yaml").read_text("utf-8"))
        package = EXAMPLES / example / project["packages"][PACKAGE]
        assert (package / "PulumiPlugin.yaml").is_file()
    for example in {each.parent.name for each in EXAMPLES.glob("*/__main__.py")}:
        lines = (EXAMPLES / example / "requirements.txt").read_text("utf-8").splitlines()
        (source,) = [line for line in lines if not line.startswith("#")]
        assert Path(EXAMPLES / example / source).resolve() == ROOT
