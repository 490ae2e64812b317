"""EKS clusters: in production, the world does not reach the API server."""

import re
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Any, Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at, fields_of, is_unknown, items_of, known_texts


@rule(
    "eks-endpoint-in-production",
    production=list_setting(
        "What production is called: names of stacks, and values of the tag; * stands for anything.",
        *("prod", "prod-*", "*-prod", "*-prod-*", "production", "production-*", "*-production"),
        *("prd", "prd-*", "*-prd", "live", "live-*", "*-live"),
    ),
    productionTag={
        "description": "The tag of a cluster that says whether it is production; * stands for any.",
        "type": "string",
        "default": "*",
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
        is_ = f"{resource.title} is production by {marked} and its public endpoint is open to"
        must = "publicAccessCidrs must name smaller networks, or endpointPublicAccess must be false"
        yield f"{is_} {shown}; {must}."


def _marked_as_production(resource: Resource, configuration: Configuration) -> str:
    """Returns what marks a resource as production; nothing where nothing does."""
    wanted = str(configuration["productionTag"]).lower()
    marks = {"stack": resource.stack, "name": resource.properties.get("name")}
    for key, tag in fields_of(resource.properties.get("tags")).items():
        if fnmatchcase(key.lower(), wanted):
            marks[f"tag {key}"] = tag
    for mark, value in marks.items():
        shown = re.sub("[_./ ]", "-", str(value).lower())
        if any(fnmatchcase(shown, name.lower()) for name in configuration["production"]):
            return f"its {mark}{'=' if mark.startswith('tag ') else ' '}{value}"
    return ""


LARGEST: Final = ((IPv4Network, 2**24), (IPv6Network, 2**96))
"""How many addresses are not the world's yet: a /8, and a /32 of IPv6; from more than that, S3 too
calls a policy public (S3 user guide, "The meaning of public")."""


def _is_the_world(networks: list[str]) -> bool:
    """Whether networks together have a part of the world that nobody owns, such as 0.0.0.0/1."""
    for family, largest in LARGEST:
        known: list[Any] = []
        for text in networks:
            with suppress(ValueError):
                known.append(family(text, strict=False))
        public = (each for each in collapse_addresses(known) if not each.is_private)
        if sum(each.num_addresses for each in public) > largest:
            return True
    return False
