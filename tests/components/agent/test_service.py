"""Where the Service leads, and by which addresses; the rendered files have its ports."""

import pytest

from components import IpFamily, TrafficDistribution
from components.agent.agent import SEGMENT_PORTS
from components.agent.service import service_spec


@pytest.mark.parametrize(
    ("distribution", "local", "preferred"),
    [
        (TrafficDistribution.NODE, "Local", None),
        (TrafficDistribution.PREFER_NODE, None, "PreferSameNode"),
        (TrafficDistribution.PREFER_ZONE, None, "PreferClose"),
    ],
)
def test_traces_stay_on_their_node_or_have_a_preference(
    distribution: TrafficDistribution, local: str | None, preferred: str | None
) -> None:
    spec = service_spec({}, SEGMENT_PORTS, distribution, IpFamily.IPV4)
    assert spec.get("internal_traffic_policy") == local
    assert spec.get("traffic_distribution") == preferred
    assert "ip_families" not in spec


@pytest.mark.parametrize(
    ("family", "policy", "families"),
    [
        (IpFamily.IPV6, "SingleStack", ["IPv6"]),
        (IpFamily.DUAL_STACK, "RequireDualStack", ["IPv4", "IPv6"]),
    ],
)
def test_a_service_has_the_addresses_of_its_cluster(
    family: IpFamily, policy: str, families: list[str]
) -> None:
    spec = service_spec({}, SEGMENT_PORTS, TrafficDistribution.NODE, family)
    assert (spec.get("ip_family_policy"), spec.get("ip_families")) == (policy, families)
