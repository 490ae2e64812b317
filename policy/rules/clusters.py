"""EKS clusters: in production, the world does not reach the API server."""

from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Any

from .rule import Configuration, Resource, list_setting, rule
from .values import at, fields_of, is_unknown, items_of, known_texts


@rule(
    "eks-endpoint-in-production",
    production=list_setting(
        "What production is called: names of stacks, and values of the tag; * stands for anything.",
        *("prod", "prod-*", "*-prod", "production", "production-*"),
    ),
    productionTag={
        "description": "The tag of a cluster that says whether it is production.",
        "type": "string",
        "default": "environment",
    },
)
def check_endpoint(resource: Resource, configuration: Configuration) -> Iterator[str]:
    """In production, the API server of an EKS cluster is not open to the world."""
    network = resource.properties.get("vpcConfig")
    if resource.type != "aws:eks/cluster:Cluster" or not network:
        return
    public, networks = at(network, "endpointPublicAccess"), at(network, "publicAccessCidrs")
    if public is False or is_unknown(public) or is_unknown(networks):
        return
    marked = _marked_as_production(resource, configuration)
    if marked and (not items_of(networks) or _is_the_world(known_texts(networks))):
        shown = ", ".join(known_texts(networks)) or "0.0.0.0/0, which is EKS's default"
        is_ = (
            f"{resource.title} is production by {marked} and its public endpoint is open to {shown}"
        )
        must = "publicAccessCidrs must name smaller networks, or endpointPublicAccess must be false"
        yield f"{is_}; {must}."


def _marked_as_production(resource: Resource, configuration: Configuration) -> str:
    """Returns what marks a resource as production; nothing where nothing does."""
    key = str(configuration["productionTag"])
    own = fields_of(resource.properties.get("tags")).items()
    tags = [tag for name, tag in own if name.lower() == key.lower() and isinstance(tag, str)]
    marks = {f"its stack {resource.stack}": resource.stack}
    marks |= {f"its tag {key}={tag}": tag for tag in tags}
    for mark, value in marks.items():
        if any(fnmatchcase(value.lower(), name.lower()) for name in configuration["production"]):
            return mark
    return ""


def _is_the_world(networks: list[str]) -> bool:
    """Whether networks have a part of the world that nobody owns, such as 0.0.0.0/1."""
    for family in (IPv4Network, IPv6Network):
        known: list[Any] = []
        for text in networks:
            with suppress(ValueError):
                known.append(family(text, strict=False))
        if any(each.prefixlen < 8 for each in collapse_addresses(known)):
            return True
    return False
