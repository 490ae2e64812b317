"""How traces get from an application to X-Ray: this program's ways, and the article's."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from components.agent.agents import Backend
from components.agent.service import Routing
from components.xray.transaction_search import DEFAULT_INDEXING_PERCENT

from .resources import Requests, article_requests, gateway_requests, node_requests

LOCAL: Final = frozenset({Routing.NODE, Routing.PREFER_NODE, Routing.PREFER_ZONE})
"""Routings by which no trace leaves its zone, while a daemon is ready there."""


class WayOut(str, Enum):
    """How what is sent to X-Ray leaves the VPC."""

    PUBLIC = "public"
    """By the nodes' public addresses: within a region, without charge."""

    NAT = "nat"
    """Through the one NAT gateway of the setting `privateNetwork`."""

    ENDPOINT = "endpoint"
    """By a private endpoint in each zone: the setting `vpcEndpoints`, with `xray`."""


@dataclass(frozen=True)
class Setup:
    """One way to put tracing on a cluster."""

    on_node: Requests
    """What runs on each node asks for."""

    routing: Routing | None
    """Which daemon takes a pod's traces; none is any of the cluster's."""

    way_out: WayOut = WayOut.PUBLIC
    gateway: Requests | None = None
    """What each pod of the gateway asks for; none is no gateway."""

    gateway_replicas: int = 0
    transaction_search: bool = False
    """Whether X-Ray keeps spans at CloudWatch's prices, and records no traces at its own."""

    indexing_percent: float = DEFAULT_INDEXING_PERCENT
    """Share of the spans that X-Ray indexes then."""

    def crossings(self, zones: int) -> float:
        """Returns how often a segment goes from one zone to another, on average.

        Who chooses among pods, or goes through a NAT gateway, of all zones stays in its own by
        chance alone.
        """
        chances = (
            self.routing not in LOCAL,
            self.gateway_replicas > 0,
            self.way_out == WayOut.NAT,
        )
        return sum(chances) * (zones - 1) / zones


def ours(
    backend: Backend = Backend.DAEMON,
    *,
    routing: Routing = Routing.NODE,
    way_out: WayOut = WayOut.PUBLIC,
    gateway_replicas: int = 0,
    transaction_search: bool = False,
    indexing_percent: float = DEFAULT_INDEXING_PERCENT,
) -> Setup:
    """Returns this program's set-up with these settings."""
    return Setup(
        on_node=node_requests(backend),
        routing=routing,
        way_out=way_out,
        gateway=gateway_requests() if gateway_replicas else None,
        gateway_replicas=gateway_replicas,
        transaction_search=transaction_search,
        indexing_percent=indexing_percent,
    )


def article() -> Setup:
    """Returns the article's: a headless Service, which leads to the daemon of any node."""
    return Setup(on_node=article_requests(), routing=None)
