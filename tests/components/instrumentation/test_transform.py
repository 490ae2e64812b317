"""What a transform makes of workloads: all that are selected are traced, or named in a warning."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import kubernetes_validate
import pulumi
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.settings import SETTINGS

from components import Language, instrument, trace_workloads
from components.instrumentation.images import public_image
from components.instrumentation.languages import LANGUAGE_AGENTS
from components.instrumentation.pod_template import NAME
from components.instrumentation.transform import TEMPLATES
from tests.support.program import ROOT, run_source
from tests.support.readme import block
from tests.support.restricted import violations

LANGUAGE: Final = "xray-on-kubernetes/language"
CONTAINERS: Final = "xray-on-kubernetes/containers"
IMAGES: Final = {each.value: f"registry.example.com/{each.value}@sha256:1" for each in Language}
JOINED: Final = sorted(name for each in LANGUAGE_AGENTS.values() for name in each.joined)
FROM_SECRET: Final = {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}

Object = dict[str, Any]


def transformed(
    kind: str, props: Object, warnings: list[str], *, name: str = "shop", **how: Any
) -> Object:
    """Returns the inputs of a resource after the transform, all outputs resolved."""
    apis = {"Job": "batch/v1", "CronJob": "batch/v1", "Release": "helm.sh/v3", "Pod": "core/v1"}

    async def run() -> Any:
        daemon: Any = SimpleNamespace(
            takes_spans=True,
            address=pulumi.Output.from_input("xray-service.xray:2000"),
            platform={"fixed_user_ids": True},
        )
        transform: Any = trace_workloads(daemon, how.pop("languages", IMAGES), **how)
        kinds = f"kubernetes:{apis.get(kind, 'apps/v1')}:{kind}"
        args = pulumi.ResourceTransformArgs(True, kinds, name, props, pulumi.ResourceOptions())
        return await hidden(transform(args).props).future()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.log, "warn", warnings.append)
        return resolved(run())


def resolved(made: Coroutine[Any, Any, Any]) -> Any:
    try:
        return asyncio.run(made)
    finally:
        # A program that runs in this process later would wait for them.
        SETTINGS.outputs.clear()  # pyright: ignore[reportAttributeAccessIssue]


def template_in(props: Object, kind: str) -> Object:
    for key in TEMPLATES.get(kind, ("spec", "template")):
        props = props[key]
    return props


def workload(kind: str, template: Object, **annotations: str) -> Object:
    """Returns a valid object of a kind with a pod template."""
    for key in reversed(TEMPLATES.get(kind, ("spec", "template"))):
        template = {key: template}
    selector = {"selector": {"matchLabels": {"app": "shop"}}}
    more = {"Job": {}, "CronJob": {"schedule": "* * * * *"}}.get(kind, selector)
    more = {**more, "serviceName": "shop"} if kind == "StatefulSet" else more
    return {
        "apiVersion": "batch/v1" if kind.endswith("Job") else "apps/v1",
        "kind": kind,
        "metadata": {"name": "shop", "annotations": annotations},
        "spec": {**template["spec"], **more},
    }


def pod(*, annotations: Mapping[str, str] | None = None, **of_spec: Any) -> Object:
    spec = {"containers": [{"name": "one", "image": "a:1"}], "restartPolicy": "Always", **of_spec}
    return {"metadata": {"labels": {"app": "shop"}, "annotations": annotations or {}}, "spec": spec}


names = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
values = st.one_of(
    st.builds(lambda text: {"value": text}, st.text(max_size=9)), st.just(FROM_SECRET)
)
variables = st.dictionaries(
    st.sampled_from([*JOINED, "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "A", "B"]), values
)


@st.composite
def templates(draw: Any) -> Object:
    containers = [
        {"name": name, "image": "a:1", "env": [{"name": key, **env[key]} for key in env]}
        | draw(st.sampled_from([{}, {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}]))
        for name, env in draw(st.dictionaries(names, variables, min_size=1, max_size=3)).items()
    ]
    annotations = draw(
        st.dictionaries(st.just(CONTAINERS), st.sampled_from(["one", containers[0]["name"]]))
    )
    return pod(
        annotations=annotations,
        containers=containers,
        **draw(st.sampled_from([{}, {"volumes": [{"name": "v", "emptyDir": {}}]}])),
        **draw(st.sampled_from([{}, {"initContainers": [{"name": "first", "image": "b:1"}]}])),
        **draw(st.sampled_from([{}, {"nodeSelector": {"kubernetes.io/os": "windows"}}])),
    )


def stays(before: Any, after: Any) -> bool:
    """Returns whether all is there still; an object in an array is known by its name."""
    if isinstance(before, dict):
        return all(key in after and stays(each, after[key]) for key, each in before.items())
    if before == []:
        return True
    if isinstance(before, list) and isinstance(before[0], dict):
        known = {each["name"]: each for each in after}
        order = [each["name"] for each in after if each["name"] in {one["name"] for one in before}]
        same = order == [each["name"] for each in before]
        return same and all(stays(each, known[each["name"]]) for each in before)
    return before in after if isinstance(before, str) else before == after


def check(template: Object, kind: str, language: str | None) -> None:
    warnings: list[str] = []
    if "Job" in kind:
        template["spec"]["restartPolicy"] = "Never"
    before = workload(kind, template, **({LANGUAGE: language} if language else {}))
    after = transformed(kind, before, warnings)
    added = [each["name"] for each in template_in(after, kind)["spec"].get("initContainers", [])]
    if language in (None, "none"):
        assert (after, warnings) == (before, [])
    elif NAME in added:
        assert warnings == []
        container = template_in(after, kind)["spec"]["initContainers"][-1]
        assert container["image"] == IMAGES[language]
        assert violations({"containers": [container]}) == []
    else:
        (warning,) = warnings
        assert warning.startswith(f"{kind} shop is not traced. ")
        assert after == before
    assert stays(before, after)
    assert transformed(kind, after, []) == after
    kubernetes_validate.validate(after, kubernetes_validate.latest_version(), strict=True)


def checked(times: int) -> Callable[[], None]:
    of_all = {
        "template": templates(),
        "kind": st.sampled_from([*TEMPLATES]),
        "language": st.sampled_from([*IMAGES, "ruby", "none", None]),
    }
    quiet = settings(
        max_examples=times,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    return quiet(given(**of_all)(check))


test_a_selected_template_is_traced_or_named = checked(50)
test_a_thousand_templates_are = pytest.mark.slow(checked(1000))


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


def hidden(value: Any) -> Any:
    return pulumi.Output.from_input(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: hidden(pod()),
        lambda: {**pod(), "spec": hidden(pod()["spec"])},
        lambda: pod(containers=hidden([{"name": "one", "image": "a:1"}])),
        lambda: pod(containers=[hidden({"name": "one", "image": "a:1"})]),
        lambda: pod(containers=[{"name": "one", "image": hidden("a:1")}]),
        lambda: {**pod(), "metadata": hidden(pod()["metadata"])},
    ],
)
def test_outputs_are_waited_for(make: Callable[[], Object]) -> None:
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


def test_an_agent_that_takes_no_spans_is_refused(tmp_path: Path) -> None:
    program = (
        "from xray_on_kubernetes import TraceDaemon, trace_workloads\n"
        'trace_workloads(TraceDaemon("xray", {"image": "a:1", "region": "eu-west-1"}))\n'
    )
    with pytest.raises(pulumi.RunError, match="set agent of TraceDaemon to collector or both"):
        run_source(program, tmp_path)
