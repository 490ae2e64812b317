"""EKS clusters: in production, the world does not reach the API server."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import collapse_addresses, ip_network
from typing import Any, Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at, fields_of, is_unknown, items_of


@rule(
    "eks-endpoint-in-production",
    production=list_setting(
        "What production is called: names of stacks, and values of the tag; * stands for anything.",
        *("prod", "prod-*", "*-prod", "*-prod-*", "production", "production-*", "*-production"),
        *("*-production-*", "prd", "prd-*", "*-prd", "*-prd-*"),
        *("live", "live-*", "*-live", "*-live-*"),
    ),
    productionTag={"description": "Which tag says so; * is any.", "type": "string", "default": "*"},
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
    known = [str(each) for each in items_of(networks) if not is_unknown(each)]
    if marked and (not items_of(networks) or _is_the_world(known)):
        shown = ", ".join(known) or "0.0.0.0/0, which is EKS's default"
        is_ = f"{resource.title} is production by {marked} and its public endpoint is open to"
        must = "publicAccessCidrs must name smaller networks, or endpointPublicAccess must be false"
        yield f"{is_} {shown}; {must}."


def _marked_as_production(resource: Resource, configuration: Configuration) -> str:
    """Returns what marks a resource as production; nothing where nothing does."""
    wanted = str(configuration["productionTag"]).lower()
    tags = fields_of(resource.properties.get("tags")).items()
    name = resource.properties.get("name") or resource.name
    marks = {f"stack {resource.stack}": resource.stack, f"name {name}": name}
    wanted_tags = [each for each in tags if fnmatchcase(each[0].lower(), wanted)]
    marks |= {f"tag {k}={v}": k if str(v).lower() == "true" else v for k, v in wanted_tags}
    for mark, value in marks.items():
        if any(fnmatchcase(_spelt(value), _spelt(each)) for each in configuration["production"]):
            return f"its {mark}"
    return ""


def _spelt(name: Any) -> str:
    """Returns a name in lower case with a - between words; non-prod and pre-prod are one word."""
    words = re.sub("[_./: ]|(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])", "-", str(name)).lower()
    return re.sub(r"\b(non|pre)-", r"\1", words)


LARGEST: Final = {4: 2**24, 6: 2**96}
"""How many addresses are not the world's yet, by IP's version: a /8, and a /32 of IPv6; from more
than that, S3 too calls a policy public (S3 user guide, "The meaning of public")."""


def _is_the_world(networks: list[str]) -> bool:
    """Whether networks have a part of the world that nobody owns, or one can't be read."""
    try:
        known: list[Any] = [ip_network(each, strict=False) for each in networks]
    except ValueError:
        return True
    for version, largest in LARGEST.items():
        together = collapse_addresses(each for each in known if each.version == version)
        if sum(each.num_addresses for each in together if not each.is_private) > largest:
            return True
    return False
