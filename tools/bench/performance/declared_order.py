"""In which order Pulumi's engine makes what the program declares."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from tools.lab.deployment import RESOURCE_SIGNATURE, SIGNATURE_KEY, Deployment, Resource, label

from .durations import seconds_of
from .eks_component import EKS_CLUSTER, open_component
from .simulated_clock import Waits


@dataclass(frozen=True)
class Order:
    """Steps by their labels, such as `aws:Role xray-nodes`."""

    seconds: dict[str, float]
    """How long each takes."""

    waits: Waits
    """What each waits for."""


def declared_order(deployment: Deployment) -> Order:
    """Returns the order that the program declares.

    A resource begins once all that it depends on has ended: what its inputs are made from, what
    its options name, its providers, resources among its inputs, and its parent. A component of the
    program has ended as soon as it may begin; its children are steps of their own. Whoever depends
    on it by an option has them among the dependencies (pulumi, runtime/resource.py, of Python).

    Raises:
        ToolError: No duration of a type is known.
    """
    resources = _opened(deployment)
    waits = {urn: _needed(each, resources) & resources.keys() for urn, each in resources.items()}
    return Order(
        {label(each): _seconds(each) for each in resources.values()},
        {
            label(resources[urn]): {label(resources[each]) for each in needed}
            for urn, needed in waits.items()
        },
    )


def _opened(deployment: Deployment) -> dict[str, Resource]:
    """Returns all resources by URN, with what pulumi-eks makes inside its component."""
    resources = dict(deployment.resources)
    for component in deployment.of_type(EKS_CLUSTER):
        needed = _needed(component, resources)
        resources |= {each.urn: each for each in open_component(component, needed)}
    return resources


def _needed(resource: Resource, resources: dict[str, Resource]) -> set[str]:
    """Returns URNs of what one resource waits for itself."""
    parent = resources.get(resource.parent)
    # What another package's component makes inside itself begins with it, not after it.
    parents = [parent.urn] if parent and not parent.custom else []
    providers = {resource.provider, *resource.providers}
    needed = {*resource.dependencies, *_references(resource.inputs), *parents, *providers}
    # A component's outputs come all at once, those of what is inside it too.
    insides = [resources[urn] for urn in needed if urn in resources]
    around = {each.parent for each in insides if each.parent != resource.parent}
    remote = {urn for urn in around if urn in resources and resources[urn].custom}
    return (needed | remote) - {"", resource.urn}


def _references(value: Any) -> Iterator[str]:
    """Yields URNs of the resources that stand among inputs."""
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        if fields.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
            yield fields["urn"]
        for each in fields.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in cast(list[Any], value):
            yield from _references(each)


def _seconds(resource: Resource) -> float:
    # What takes its time is inside: of a cluster by pulumi-eks here, else steps of their own.
    inside = resource.type == EKS_CLUSTER or not resource.custom
    return 0 if inside else seconds_of(resource.type)
