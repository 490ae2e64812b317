"""EKS clusters: in production, the world does not reach the API server."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Final

from .rule import Configuration, Resource, list_setting, rule
from .values import at, is_unknown, items_of, known_texts

CLUSTER: Final = "aws:eks/cluster:Cluster"
"""The type; pulumi-eks makes one too."""


@rule(
    "eks-endpoint-in-production",
    "In production, the API server of an EKS cluster is not open to the world.",
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
    """Yields a cluster of production whose API server everybody reaches."""
    network = resource.properties.get("vpcConfig")
    if resource.type != CLUSTER or not network or is_unknown(network):
        return
    public = at(network, "endpointPublicAccess")
    networks = at(network, "publicAccessCidrs")
    if public is False or is_unknown(public) or is_unknown(networks):
        return
    marked = _marked_as_production(resource, configuration)
    if marked and (not items_of(networks) or _is_the_world(known_texts(networks))):
        shown = ", ".join(known_texts(networks)) or "0.0.0.0/0, which is EKS's default"
        yield (
            f"{resource.title} is production by {marked} and its public endpoint is open to "
            f"{shown}; publicAccessCidrs must name smaller networks, or endpointPublicAccess must "
            "be false."
        )


def _marked_as_production(resource: Resource, configuration: Configuration) -> str:
    """Returns what marks a resource as production; nothing where nothing does."""
    key = str(configuration["productionTag"])
    names = [str(name).lower() for name in configuration["production"]]
    if any(fnmatchcase(resource.stack.lower(), name) for name in names):
        return f"its stack {resource.stack}"
    for tag in known_texts(at(resource.properties, "tags", key)):
        if any(fnmatchcase(tag.lower(), name) for name in names):
            return f"its tag {key}={tag}"
    return ""


def _is_the_world(networks: list[str]) -> bool:
    """Whether networks are every address together, as 0.0.0.0/1 and 128.0.0.0/1 are."""
    known = [_network(each) for each in networks]
    merged = (
        *collapse_addresses(each for each in known if isinstance(each, IPv4Network)),
        *collapse_addresses(each for each in known if isinstance(each, IPv6Network)),
    )
    return any(each.prefixlen == 0 for each in merged)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    """Returns a network; none where AWS itself refuses the text."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
