"""What is traced: a cluster's requests, and how many of them are sampled."""

from dataclasses import dataclass
from typing import Final

from components.cluster.network import ZONES

from .prices import SECONDS

QUOTA: Final = 2_600
"""Segments a second that X-Ray takes from an account in a region, unless asked for more (AWS
General Reference, X-Ray endpoints and quotas)."""


@dataclass(frozen=True)
class Sampling:
    """Which requests become traces: X-Ray's default rule, unless told."""

    rate: float = 0.05
    """Share of the requests beyond the reservoir, 0 to 1."""

    reservoir: int = 1
    """Requests a second of each service that are recorded before the rate counts."""

    services: int = 1
    """Services that traces start in, each with a reservoir of its own. Services that share a rule
    of X-Ray's share its reservoir, and are one here; where rules are the application's own, each
    of its processes is one (X-Ray developer guide, xray-console-sampling)."""

    def traces_per_second(self, requests_per_second: float) -> float:
        """Returns how many of the requests, spread evenly over the services, are recorded."""
        first = min(requests_per_second, self.reservoir * self.services)
        return first + self.rate * (requests_per_second - first)


@dataclass(frozen=True)
class Workload:
    """A cluster, and what its applications do."""

    nodes: int
    requests_per_second: float = 10.0
    """Requests from outside for each node."""

    sampling: Sampling = Sampling()
    segments_per_trace: float = 2.0
    """Segments, or spans, of a trace: the article's is of two services."""

    segment_bytes: float = 1_000.0
    """Of a segment or span; the sample services' segments have 800 and 1,160 (`make demo`)."""

    traces_read: float = 0.0
    """Traces that are retrieved or scanned in a month."""

    zones: int = ZONES
    """Availability zones that the nodes are spread over evenly."""

    node_cpus: float = 2.0
    """Virtual CPUs of a node; a t3.medium's (EC2 user guide, instance types)."""

    node_memory_gib: float = 4.0
    """Memory of a node, in GiB; a t3.medium's."""

    @property
    def traces(self) -> float:
        """Returns how many traces are recorded in a month."""
        requests = self.requests_per_second * self.nodes
        return self.sampling.traces_per_second(requests) * SECONDS

    @property
    def segments(self) -> float:
        """Returns how many segments are sent in a month."""
        return self.traces * self.segments_per_trace

    @property
    def segments_per_second(self) -> float:
        """Returns how many segments X-Ray gets in a second."""
        return self.segments / SECONDS

    @property
    def bytes(self) -> float:
        """Returns the size of all segments of a month, in bytes."""
        return self.segments * self.segment_bytes
