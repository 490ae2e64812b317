"""Rules of aws_rules.yaml that take more than a regular expression."""

import json
import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any, Final

from .fake_provider import FakeProvider

ZONES_WITHOUT_EKS: Final = {"use1-az3", "usw1-az2", "cac1-az3"}
"""EKS user guide, network-reqs."""

DOCUMENTATION: Final = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
"""Networks of examples, AWS's own among them (RFC 5737; EKS user guide, cluster-endpoint)."""


SID: Final = "[0-9A-Za-z]*"
"""IAM user guide, Sid."""


def is_public(cidr: str) -> bool:
    """Returns whether a network is all of the internet, or a part of it."""
    network = IPv4Network(cidr)
    documented = any(network.subnet_of(IPv4Network(each)) for each in DOCUMENTATION)
    return network.prefixlen == 0 or documented or (network.is_global and not network.is_multicast)


def is_policy(text: str, longest: int, has: str, lacks: str = "", sid: str = ".*") -> bool:
    """Returns whether each statement of a policy has what it needs, and nothing that is refused."""
    statements = json.loads(text)["Statement"]
    return len("".join(text.split())) <= longest and all(
        {"Effect", has} <= each.keys()
        and lacks not in each
        and re.fullmatch(sid, each.get("Sid", ""))
        for each in (statements if isinstance(statements, list) else [statements])
    )


def _in_partition(value: Any, aws: FakeProvider) -> bool:
    named = re.findall(r"\barn:([a-z-]+):", value) if isinstance(value, str) else ()
    return {*named} <= {aws.partition}


def _in_zones_of_eks(subnet_ids: list[str], aws: FakeProvider) -> bool:
    zones = set(map(aws.zone_id_of, subnet_ids))
    return len(zones) >= 2 and not zones & ZONES_WITHOUT_EKS


CHECKS: Final[Mapping[str, Callable[[Any, FakeProvider], object]]] = {
    "block": lambda cidr, _: 16 <= IPv4Network(cidr).prefixlen <= 28,
    "distinct_keys": lambda tags, _: len({tag["Key"].lower() for tag in tags}) == len(tags),
    "distinct_zones": lambda ids, aws: len(set(map(aws.zone_id_of, ids))) == len(ids),
    "few_networks": lambda cidrs, _: len(cidrs) <= 40,
    "few_tags": lambda tags, _: len(tags) <= 50,
    "identity_policy": lambda text, _: is_policy(text, 6144, "Resource", "Principal", SID),
    "network": lambda cidr, _: IPv4Network(cidr),
    "partition": _in_partition,
    "public": lambda cidr, _: is_public(cidr),
    "resource_policy": lambda text, _: is_policy(text, len(text), "Principal"),
    "scaling": lambda of, _: of["minSize"] <= of["desiredSize"] <= of["maxSize"],
    "trust_policy": lambda text, _: is_policy(text, 2048, "Principal", "Resource", SID),
    "zone_of_region": lambda zone, aws: zone.startswith(aws.region),
    "zones_of_eks": _in_zones_of_eks,
}
"""Each returns something false, or raises an error, where a value is wrong in what AWS is here."""
