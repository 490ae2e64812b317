"""Adds AWS's agent for a language to a pod template."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi
from pulumi import _types  # pyright: ignore[reportPrivateUsage]
from pulumi.output import Unknown

from ..agent.agent import AGENT_USER
from ..agent.environment import open_telemetry_environment
from ..agent.pod.containers import RESTRICTED_CONTAINER
from ..inputs import Inputs
from ..kubernetes_values import OPERATING_SYSTEM
from ..words import camel_case, shown
from .images import public_image
from .languages import FOLDER, LANGUAGE_AGENTS, Joined, Language, language_of

Object = Mapping[str, Any]

CONTAINERS_ANNOTATION: Final = "xray-on-kubernetes/containers"
"""Names a pod's containers that are traced, with commas; without it, the first one is."""

OPERATORS: Final = ("instrumentation.opentelemetry.io/inject", "instrumentation.cloudwatch.aws")
"""How annotations begin by which an operator adds an agent of its own."""

NAME: Final = "xray-instrumentation"
"""Of the init container and the volume."""

FIELDS: Final = {"pod": "metadata.name", "node": "spec.nodeName", "namespace": "metadata.namespace"}
"""What the downward API tells, by the attribute `k8s.<key>.name` (OpenTelemetry, resource/k8s)."""

COPYING: Final = {
    "requests": {"cpu": "10m", "memory": "32Mi"},
    # One of ephemeral storage would hold for the whole pod, and for its volume (kubelet, eviction).
    "limits": {"cpu": "1", "memory": "64Mi"},
}

SECURITY: Final = {
    **{camel_case(key): each for key, each in RESTRICTED_CONTAINER.items()},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""All that `restricted` asks of a container, whatever its pod says."""


class HiddenError(Exception):
    """A part that has to be read is an output."""


class InstrumentArgs(TypedDict):
    """How `instrument` adds an agent."""

    service_name: pulumi.Input[str]
    """What the application is called on the service map, unless it says so itself."""

    daemon_address: pulumi.Input[str]
    """`TraceDaemon.address`, with an agent that takes spans."""

    image: NotRequired[pulumi.Input[str] | None]
    """The image of the language's agent. Default: AWS's public one."""

    cluster_name: NotRequired[pulumi.Input[str] | None]
    """The cluster's name, for the spans' resources. Default: none."""

    fixed_user_ids: NotRequired[bool]
    """As in the platform of `TraceDaemon`."""


INSTRUMENT: Final = Inputs(InstrumentArgs, {"fixed_user_ids": True})


def instrument(pod_template: Object, language: Language | str, args: InstrumentArgs) -> Any:
    """Returns a pod template whose first container is traced, or those that its annotation names.

    Its keys may be spelled as in Python or as in Kubernetes. What is there stays; a template that
    has an agent already is returned as it is. It is an output where a part is one that has to be
    read.

    Raises:
        pulumi.RunError: The template can't be instrumented, or an argument is wrong.
    """
    add = partial(with_agent, language_of(language), INSTRUMENT.complete(args, "instrument"))
    return when_known(pod_template, add)


def with_agent(language: Language, args: InstrumentArgs, template: Object) -> Object:
    """Returns a pod template with an agent; see `instrument`."""
    template, pod = _known(template), part(template, "spec")
    if NAME in [part(each, "name") for each in parts(pod, "init_containers")]:
        return template
    names = _traced_containers(pod, part(part(template, "metadata"), "annotations") or {})
    mount = {"name": NAME, "mountPath": FOLDER}
    mounted = {**mount, "readOnly": True}
    user = {"runAsUser": AGENT_USER, "runAsGroup": AGENT_USER} if args["fixed_user_ids"] else {}
    copies = {
        "name": NAME,
        "image": args["image"] or public_image(language),
        "command": list(LANGUAGE_AGENTS[language].copies),
        "resources": COPYING,
        "securityContext": {**SECURITY, **user},
        "volumeMounts": [mount],
    }
    containers = [
        {**each, **_environment(each, language, args), **_with(each, "volume_mounts", mounted)}
        if part(each, "name") in names
        else each
        for each in parts(pod, "containers")
    ]
    added = {
        **_with(pod, "init_containers", copies),
        **_with(pod, "volumes", {"name": NAME, "emptyDir": {"sizeLimit": "512Mi"}}),
    }
    return {**template, "spec": {**pod, "containers": containers, **added}}


def _traced_containers(pod: Object, annotations: Object) -> Sequence[str]:
    """Returns the names of the containers to trace; raises where no agent can be added."""
    system = part(part(pod, "node_selector"), OPERATING_SYSTEM)
    if "windows" in (system, part(part(pod, "os"), "name")):
        raise pulumi.RunError("Its pods run on Windows; they must run on Linux.")
    if by := [key for key in annotations if key.startswith(OPERATORS)]:
        raise pulumi.RunError(f"An operator instruments it by {by[0]}; remove that annotation.")
    there = [part(each, "name") for each in parts(pod, "containers")]
    named = str(part(annotations, CONTAINERS_ANNOTATION) or (there or ["one"])[0])
    names = [each.strip() for each in named.split(",")]
    if missing := [each for each in names if each not in there]:
        raise pulumi.RunError(f"It has no container {shown(missing[0])}; it has {shown(there)}.")
    return names


def _environment(container: Object, language: Language, args: InstrumentArgs) -> Object:
    """Returns a container's environment with what loads the agent and tells it who it is."""
    agent, there = LANGUAGE_AGENTS[language], parts(container, "env")
    fields = {key: f"OTEL_RESOURCE_ATTRIBUTES_{key.upper()}_NAME" for key in FIELDS}
    known = [f"k8s.{key}.name=$({variable})" for key, variable in fields.items()]
    own: list[pulumi.Input[str]] = [",".join(known), f",k8s.container.name={container['name']}"]
    if args["cluster_name"] is not None:
        own += [",k8s.cluster.name=", args["cluster_name"]]
    attributes = Joined(",", pulumi.Output.concat(*own))
    joined = {**agent.joined, "OTEL_RESOURCE_ATTRIBUTES": attributes}

    def around(variable: Object) -> Object:
        name, value = part(variable, "name"), variable.get("value")
        value = "" if value is None else value
        if part(variable, "value_from") and name in joined:
            raise pulumi.RunError(f"Its {name} comes by valueFrom; only a value can be joined.")
        if agent.variables.get(name, value) != value:
            raise pulumi.RunError(f"Its {name} is {shown(value)}, which loads something else.")
        return {**variable, "value": joined[name].to(value)} if name in joined else variable

    names = {part(each, "name") for each in there}
    if part(container, "env_from"):
        lost = ", ".join(each for each in joined if each not in names)
        pulumi.log.warn(f"{container['name']} has envFrom; there, these would be lost: {lost}.")
    mine = {**{name: each.to("") for name, each in joined.items()}, **agent.variables}
    added = [
        *({"name": name, "value": value} for name, value in mine.items()),
        *open_telemetry_environment(args["service_name"], args["daemon_address"]),
    ]
    # First: `$(…)` knows only what comes before.
    told = [
        {"name": name, "valueFrom": {"fieldRef": {"fieldPath": FIELDS[key]}}}
        for key, name in fields.items()
    ]
    return {
        "env": [*told, *map(around, there), *(each for each in added if each["name"] not in names)]
    }


def when_known(value: Any, function: Callable[[Any], Any]) -> Any:
    """Returns what a function makes of a value, as an output where it has to read one in it."""
    try:
        return function(value)
    except HiddenError:
        return pulumi.Output.from_input(value).apply(function)


def part(holder: Object | None, name: str) -> Any:
    """Returns a part by its name in Python, however it is spelled there, or none."""
    there = {} if holder is None else _known(holder)
    if not isinstance(there, Mapping):
        raise pulumi.RunError(f"Where {name} must be, there is {shown(there)}.")
    known = cast(Object, there)
    return _known(known.get(name, known.get(camel_case(name))))


def parts(holder: Object, name: str) -> Sequence[Object]:
    """Returns an array of parts."""
    return [_known(each) for each in part(holder, name) or ()]


def _known(value: Any) -> Any:
    if isinstance(value, pulumi.Output | Unknown):
        raise HiddenError
    # An object such as PodSpecArgs is read as what Pulumi makes of it.
    return _types.input_type_to_dict(value) if _types.is_input_type(type(value)) else value


def _with(holder: Object, name: str, more: Object) -> Object:
    """Returns an array of parts with one more, by the key that is there or Kubernetes' own."""
    return {name if name in holder else camel_case(name): [*parts(holder, name), more]}
