"""What each resource of a deployment waits for."""

from collections.abc import Mapping

from tools.lab.deployment import Deployment, Resource, label

Graph = Mapping[str, set[str]]
"""Labels of resources by the label of the one that waits for them."""


def waits_for(deployment: Deployment, resource: Resource) -> set[str]:
    """Returns everything that a resource waits for, directly or not."""
    seen: set[str] = set()
    ahead = [resource.urn]
    while ahead:
        each = deployment.resources[ahead.pop()]
        found = {urn for urn in (*each.dependencies, each.provider) if urn} - seen
        seen |= found
        ahead += found
    return {label(deployment.resources[urn]) for urn in seen}


def starting(deployment: Deployment, *beginnings: str) -> dict[str, set[str]]:
    """Returns the resources whose labels begin so, each with all that it waits for."""
    return {
        label(resource): waits_for(deployment, resource)
        for resource in deployment.resources.values()
        if label(resource).startswith(beginnings)
    }


def edges(deployment: Deployment) -> Graph:
    """Returns what each resource waits for directly."""
    return {
        label(resource): {label(deployment.resources[urn]) for urn in resource.dependencies}
        for resource in deployment.resources.values()
    }
