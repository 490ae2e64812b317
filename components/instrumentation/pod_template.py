"""Adds AWS's agent for a language to a pod template."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast

import pulumi
from pulumi.output import Unknown

from ..agent.agent import AGENT_USER
from ..agent.environment import open_telemetry_environment
from ..agent.pod.containers import RESTRICTED_CONTAINER, container_resources, restricted_pod
from ..agent.pod.platform import PLATFORM, Platform
from ..kubernetes_values import OPERATING_SYSTEM
from ..words import camel_case, instead_of, shown
from .images import public_image
from .languages import LANGUAGE_AGENTS, Language, command_of, folder_of

Object = Mapping[str, Any]

CONTAINERS_ANNOTATION: Final = "xray-on-kubernetes/containers"
"""Names a pod's containers that are traced, with commas; without it, the first one is."""

OF_OPERATOR: Final = (
    "instrumentation.opentelemetry.io/inject-",
    "cloudwatch.aws.amazon.com/inject",
)
"""How annotations begin by which an operator adds an agent of its own."""

FIELDS: Final = {"pod": "metadata.name", "node": "spec.nodeName", "namespace": "metadata.namespace"}
"""What the downward API tells, by the attribute `k8s.<key>.name` (OpenTelemetry, resource/k8s)."""

STRUCTURE: Final = {
    *("spec", "template", "jobTemplate", "job_template", "items", "metadata", "annotations"),
    *("initContainers", "init_containers", "containers", "volumes", "env", "volumeMounts"),
    *("volume_mounts", "nodeSelector", "node_selector", "os"),
}
"""Parts without which nobody can say what a template is."""


def instrument(
    pod_template: Object,
    language: Language | str,
    *,
    service_name: pulumi.Input[str],
    daemon_address: pulumi.Input[str],
    image: pulumi.Input[str] | None = None,
    cluster_name: pulumi.Input[str] | None = None,
    platform: Platform | None = None,
) -> Any:
    """Returns a pod template whose first container is traced, or those that its annotation names.

    What is there stays, and one that has the agent already is returned as it is. Where parts of it
    aren't known yet, it is an output.

    Args:
        pod_template: With keys as Python spells them, or as Kubernetes does.
        language: `java`, `python`, `nodejs` or `dotnet`.
        service_name: What the application is called on the service map, unless it says so itself.
        daemon_address: `TraceDaemon.address`, with an agent that takes spans.
        image: The image of the language's agent. Default: AWS's public one.
        cluster_name: The cluster's name, for the spans' resources.
        platform: The same as in `TraceDaemon`.

    Raises:
        pulumi.RunError: The template can't be instrumented.
    """
    known = language_of(language)
    volume = f"xray-instrumentation-{known.value}"
    complete = PLATFORM.complete(platform or {}, "platform of instrument")

    def add(template: Object) -> Object:
        pod = template.get("spec") or {}
        if any(each.get("name") == volume for each in _items(pod, "init_containers")):
            return template
        annotations = (template.get("metadata") or {}).get("annotations") or {}
        refuse(pod, annotations)
        there = _items(pod, "containers")
        names = str(annotations.get(CONTAINERS_ANNOTATION) or there[0].get("name")).split(",")
        for name in names:
            if name not in {each.get("name") for each in there}:
                raise pulumi.RunError(f"there is no container {shown(name)} in it")
        mount = {"name": volume, "mountPath": folder_of(known)}
        common = [
            *open_telemetry_environment(cast(str, service_name), daemon_address),
            {"name": "OTEL_TRACES_EXPORTER", "value": "otlp"},
            {"name": "OTEL_AWS_APPLICATION_SIGNALS_ENABLED", "value": "false"},
        ]
        traced = [
            {
                **each,
                "env": traced_environment(each, known, common, cluster_name),
                **_with(each, "volume_mounts", {**mount, "readOnly": True}),
            }
            if each.get("name") in names
            else each
            for each in there
        ]
        copies = {
            "name": volume,
            "image": image or public_image(known),
            "command": command_of(known),
            "resources": _resources(complete),
            "securityContext": _spelled(
                {**RESTRICTED_CONTAINER, **restricted_pod(AGENT_USER, complete)}
            ),
            "volumeMounts": [mount],
        }
        parts = {
            **_with(pod, "init_containers", copies),
            **_with(pod, "volumes", {"name": volume, "emptyDir": {"sizeLimit": "512Mi"}}),
        }
        return {**template, "spec": {**pod, "containers": traced, **parts}}

    return when_known(pod_template, add)


def language_of(name: Any) -> Language:
    """Returns the language of a name."""
    if name not in (known := [each.value for each in Language]):
        raise pulumi.RunError(
            f"its language is {shown(name)}; {instead_of(str(name), dict.fromkeys(known, ''))}"
        )
    return Language(name)


def refuse(pod: Object, annotations: Object) -> None:
    """Raises where no agent can be added to a pod."""
    selector = _part(pod, "node_selector") or {}
    if "windows" in ((pod.get("os") or {}).get("name"), selector.get(OPERATING_SYSTEM)):
        raise pulumi.RunError("its pods run on Windows; they must run on Linux")
    if by := [key for key in annotations if key.startswith(OF_OPERATOR)]:
        raise pulumi.RunError(f"an operator instruments it by {by[0]}; remove that annotation")
    if not _items(pod, "containers"):
        raise pulumi.RunError("its pod template has no container")


def traced_environment(
    container: Object,
    language: Language,
    common: Iterable[Object],
    cluster_name: pulumi.Input[str] | None,
) -> list[Object]:
    """Returns a container's environment with what loads the agent and tells it who it is."""
    agent, there = LANGUAGE_AGENTS[language], _items(container, "env")
    fields = {f"OTEL_RESOURCE_ATTRIBUTES_{key.upper()}_NAME": path for key, path in FIELDS.items()}
    attributes = [
        f"k8s.{key}.name=$(OTEL_RESOURCE_ATTRIBUTES_{key.upper()}_NAME)" for key in FIELDS
    ]
    attributes.append(f"k8s.container.name={container.get('name')}")
    of_pod: pulumi.Input[str] = ",".join(attributes)
    if cluster_name is not None:
        of_pod = pulumi.Output.concat(of_pod, ",k8s.cluster.name=", cluster_name)

    def joined(variable: Object) -> Object:
        name = variable.get("name")
        if name not in agent.joined and name != "OTEL_RESOURCE_ATTRIBUTES":
            return variable
        if _part(variable, "value_from"):
            raise pulumi.RunError(
                f"{name} of its container has no value to join, but valueFrom; give it a value"
            )
        value = variable.get("value") or ""
        if name in agent.joined:
            return {**variable, "value": agent.joined[name].to(value)}
        return {**variable, "value": pulumi.Output.concat(of_pod, ",", value)}

    own = [
        *({"name": key, "value": each.to("")} for key, each in agent.joined.items()),
        *({"name": key, "value": value} for key, value in agent.variables.items()),
        *common,
        {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": of_pod},
    ]
    names = {each.get("name") for each in there}
    return [
        # First: `$(…)` knows only what comes before.
        *(
            {"name": key, "valueFrom": {"fieldRef": {"fieldPath": path}}}
            for key, path in fields.items()
        ),
        *map(joined, there),
        *(each for each in own if each["name"] not in names),
    ]


def when_known(value: Any, function: Callable[[Any], Any]) -> Any:
    """Returns what a function makes of a value, as an output where its structure is one."""
    return pulumi.Output.from_input(value).apply(function) if _is_hidden(value) else function(value)


def _is_hidden(value: Any, key: str = "spec") -> bool:
    if isinstance(value, pulumi.Output | Unknown):
        return key in STRUCTURE
    if isinstance(value, Mapping):
        return any(_is_hidden(each, name) for name, each in cast(Object, value).items())
    return isinstance(value, list) and any(_is_hidden(each, key) for each in cast(list[Any], value))


def _key(parts: Object, name: str) -> str:
    """Returns the spelling of a key that is there, or that of Kubernetes."""
    return name if name in parts else camel_case(name)


def _part(parts: Object, name: str) -> Any:
    return parts.get(_key(parts, name))


def _items(parts: Object, name: str) -> Sequence[Object]:
    return _part(parts, name) or []


def _with(parts: Object, name: str, more: Object) -> Object:
    return {_key(parts, name): [*_items(parts, name), more]}


def _resources(platform: Platform) -> Object:
    # A limit of ephemeral storage would hold for the pod and its volume (kubelet, eviction).
    resources = container_resources(platform, 64, cpu_millicores=10)
    return {
        kind: {key: each for key, each in amounts.items() if key != "ephemeral-storage"}
        for kind, amounts in cast(dict[str, dict[str, str]], resources).items()
    }


def _spelled(value: Any) -> Any:
    """Returns our own parts with keys as Kubernetes spells them, which Pulumi takes too."""
    if not isinstance(value, Mapping):
        return value
    return {camel_case(key): _spelled(each) for key, each in cast(Object, value).items()}
