"""What a transform makes of a workload, and what it says where it can't."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pulumi
import pytest
from pulumi_kubernetes.core.v1 import ContainerArgs, PodSpecArgs, PodTemplateSpecArgs

from components import Language, instrument
from components.instrumentation.images import public_image
from components.instrumentation.pod_template import NAME
from tests.components.instrumentation.workloads import (
    CONTAINERS,
    FROM_SECRET,
    LANGUAGE,
    Object,
    hidden,
    pod,
    resolved,
    template_in,
    transformed,
    workload,
)
from tests.support.program import ROOT, run_source
from tests.support.readme import block
from tests.support.restricted import violations


@pytest.mark.parametrize(
    ("kind", "template", "how", "says"),
    [
        ("Deployment", pod(annotations={LANGUAGE: "ruby"}), {}, 'The language is "ruby"; it must'),
        ("Deployment", pod(os={"name": "windows"}), {}, "Its pods run on Windows; they must run"),
        (
            "Deployment",
            pod(annotations={CONTAINERS: "two"}),
            {},
            'It has no container "two"; it has',
        ),
        ("Deployment", pod(containers=[]), {}, "It has no container"),
        (
            "Deployment",
            pod(annotations={"instrumentation.opentelemetry.io/inject-java": "true"}),
            {},
            "An operator instruments it by instrumentation.opentelemetry.io/inject-java; remove",
        ),
        (
            "Deployment",
            pod(containers=[{"name": "a", "env": [{"name": "JAVA_TOOL_OPTIONS", **FROM_SECRET}]}]),
            {},
            "Its JAVA_TOOL_OPTIONS comes by valueFrom; only a value can be joined.",
        ),
        (
            "Deployment",
            pod(
                annotations={LANGUAGE: "dotnet"},
                containers=[{"name": "a", "env": [{"name": "CORECLR_PROFILER", "value": "{1}"}]}],
            ),
            {},
            'Its CORECLR_PROFILER is "{1}", which loads something else.',
        ),
        ("Deployment", pod(), {"languages": {"python": "a:1"}}, "trace_workloads is given no java"),
        ("DeploymentPatch", pod(), {}, "No pod template can be seen; Deployment, StatefulSet, "),
        ("ReplicaSet", pod(), {}, "No pod template can be seen"),
        ("Rollout", pod(), {}, "No pod template can be seen"),
    ],
)
def test_what_cannot_be_traced_is_named(
    kind: str, template: Object, how: Object, says: str
) -> None:
    warnings: list[str] = []
    before = workload(kind, template, **{LANGUAGE: "java"})
    assert transformed(kind, before, warnings, **how) == before
    (warning,) = warnings
    assert warning.startswith(f"{kind} shop is not traced. {says}")


def test_a_selector_says_what_an_annotation_does_not() -> None:
    def java(_: pulumi.ResourceTransformArgs) -> str:
        return "java"

    warnings: list[str] = []
    for kind in ("Service", "PodDisruptionBudget"):
        assert transformed(kind, {"spec": {}}, warnings, selector=java) == {"spec": {}}
    assert warnings == []
    for kind, props in (("Pod", pod()), ("Release", {"chart": "a"})):
        assert transformed(kind, props, warnings, selector=java) == props
    assert [each.partition(".")[0] for each in warnings] == [
        "Pod shop is not traced",
        "Release shop is not traced",
    ]
    several = {
        "items": [workload("Job", pod()), workload("Job", pod(annotations={LANGUAGE: "none"}))]
    }
    one, other = transformed("JobList", several, warnings, selector=java)["items"]
    assert other == several["items"][1]
    assert one["spec"]["template"]["spec"]["initContainers"][0]["name"] == NAME


@pytest.mark.parametrize(
    "make",
    [
        lambda: hidden(pod()),
        lambda: PodTemplateSpecArgs(spec=PodSpecArgs(containers=[ContainerArgs(name="one")])),
        lambda: {**pod(), "spec": hidden(pod()["spec"])},
        lambda: pod(containers=hidden([{"name": "one", "image": "a:1"}])),
        lambda: pod(containers=[hidden({"name": "one", "image": "a:1"})]),
        lambda: pod(containers=[{"name": "one", "image": hidden("a:1")}]),
        lambda: {**pod(), "metadata": hidden(pod()["metadata"])},
    ],
)
def test_outputs_are_waited_for_and_objects_read(make: Callable[[], Any]) -> None:
    async def run() -> Any:
        arguments: Any = {"service_name": "shop", "daemon_address": hidden("xray.xray:2000")}
        made = instrument(make(), "python", arguments)
        return await hidden(made).future()

    assert resolved(run())["spec"]["initContainers"][0]["name"] == NAME


def test_variables_are_joined_in_either_spelling() -> None:
    spec = {
        "init_containers": [{"name": "first"}],
        "containers": [
            {
                "name": "one",
                "env": [
                    {"name": "PYTHONPATH", "value": "/app"},
                    {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=a"},
                    {"name": "OTEL_SERVICE_NAME", "value": "mine"},
                ],
                "volume_mounts": [{"name": "v", "mount_path": "/v"}],
            },
            {"name": "two"},
        ],
    }

    async def run() -> Any:
        arguments: Any = {"service_name": "s", "daemon_address": "x:2000", "cluster_name": "c"}
        return await hidden(instrument({"spec": spec}, "python", arguments)).future()

    made = resolved(run())["spec"]
    assert [each["name"] for each in made["init_containers"]] == ["first", NAME]
    one, two = made["containers"]
    assert two == {"name": "two"}
    assert [each["name"] for each in one["volume_mounts"]] == ["v", NAME]
    environment = {each["name"]: each.get("value") for each in one["env"]}
    before, own, after = environment["PYTHONPATH"].split(":")
    assert (own, before.startswith(after)) == ("/app", True)
    assert environment["OTEL_SERVICE_NAME"] == "mine"
    assert environment["OTEL_RESOURCE_ATTRIBUTES"].endswith(
        "k8s.container.name=one,k8s.cluster.name=c,team=a"
    )


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run it")
def test_the_transform_in_typescript_adds_the_same() -> None:
    page = (ROOT / "docs/instrumentation.md").read_text("utf-8")
    code = block("typescript", "", page).replace(": pulumi.ResourceTransform ", " ")
    before = workload("Deployment", pod(), **{LANGUAGE: "nodejs"})
    asked = {"type": "kubernetes:apps/v1:Deployment", "name": "shop", "props": before}
    script = (
        "const pulumi = { runtime: { registerResourceTransform: (transform) => "
        f"console.log(JSON.stringify(transform({json.dumps(asked)}).props)) }} }};\n{code}"
    )
    said = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    theirs = json.loads(said.stdout)
    kubernetes_validate.validate(theirs, kubernetes_validate.latest_version(), strict=True)
    ours = transformed(
        "Deployment", before, [], languages={"nodejs": public_image(Language.NODEJS)}
    )
    theirs, ours = (template_in(each, "Deployment")["spec"] for each in (theirs, ours))
    (copy,), (our_copy,) = theirs["initContainers"], ours["initContainers"]
    assert violations({"containers": [copy]}) == []
    assert (copy["image"], copy["command"]) == (our_copy["image"], our_copy["command"])
    known = {each["name"]: each.get("value") for each in ours["containers"][0]["env"]}
    variables = {each["name"]: each["value"] for each in theirs["containers"][0]["env"]}
    assert variables.items() <= known.items()


@pytest.mark.parametrize(
    ("agent", "languages", "said"),
    [
        ("daemon", ["java"], "set agent of TraceDaemon to collector or both"),
        ("collector", "java", 'languages is "java"; it must be a list of languages'),
        ("collector", None, "languages is null; it must be a list of languages"),
    ],
)
def test_what_can_not_trace_is_refused(
    agent: str, languages: object, said: str, tmp_path: Path
) -> None:
    program = (
        "from xray_on_kubernetes import TraceDaemon, trace_workloads\n"
        f'args = {{"image": "a:1", "region": "eu-west-1", "agent": "{agent}"}}\n'
        f'trace_workloads(TraceDaemon("xray", args), {languages!r})\n'
    )
    with pytest.raises(pulumi.RunError, match=said):
        run_source(program, tmp_path)
