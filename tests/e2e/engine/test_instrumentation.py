"""What the engine makes of a transform: of a stack, YAML, unknown values and secrets."""

from pathlib import Path
from typing import Any, Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi.runtime import register_resource_transform

from components import TraceDaemon, trace_workloads
from tests.e2e.engine.stacks import MARKS, Providers, new_stack, project
from tools.lab.engine import SECRET_SIGNATURE

pytestmark = [*MARKS]

IMAGES: Final = {"java": "registry.example.com/java:1"}


def workload(name: str, language: str, **container: Any) -> dict[str, Any]:
    labels = {"app": name}
    containers = [{"name": name, "image": "a:1", **container}]
    return {
        "metadata": {"name": name, "annotations": {"xray-on-kubernetes/language": language}},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
        },
    }


def program() -> None:
    daemon = TraceDaemon("xray", {"agent": "collector", "image": "a:1", "region": "eu-west-1"})  # pyright: ignore[reportArgumentType]
    register_resource_transform(trace_workloads(daemon, IMAGES))
    kubernetes.apps.v1.Deployment("plain", **workload("plain", "java"))
    unknown = kubernetes.core.v1.ConfigMap("made", data={"a": "b"}).metadata.apply(
        lambda made: [{"name": made.name}]
    )
    kubernetes.apps.v1.Deployment("hidden", **workload("hidden", "java", env=unknown))
    secret = pulumi.Output.secret("-Dpassword=1")
    variables = [{"name": "JAVA_TOOL_OPTIONS", "value": secret}]
    kubernetes.apps.v1.Deployment("secret", **workload("secret", "java", env=variables))
    kubernetes.apps.v1.Deployment("ruby", **workload("ruby", "ruby"))


def test_the_engine_transforms_what_is_selected(providers: Providers, tmp_path: Path) -> None:
    stack = new_stack(project(tmp_path), "test", program, providers.environment)
    sentence = "Deployment ruby is not traced. The language is "
    assert sentence in stack.preview().stdout
    assert sentence in stack.up().stdout
    stack.up(expect_no_changes=True)
    deployment: Any = stack.export_stack().deployment
    made = {
        each["urn"].rpartition("::")[2]: each["inputs"]["spec"]
        for each in deployment["resources"]
        if each["type"] == "kubernetes:apps/v1:Deployment"
    }
    traced = {name for name, each in made.items() if "xray-instrumentation" in str(each)}
    assert traced == {"plain", "hidden", "secret"}
    # An export shows what the state encrypts, and says so.
    assert SECRET_SIGNATURE in str(made["secret"])
