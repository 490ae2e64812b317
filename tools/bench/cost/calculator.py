"""The calculator: what a workload costs in a month with a set-up, at AWS's prices."""

from dataclasses import dataclass, fields

from .prices import GB, HOURS, Prices
from .setup import Setup, WayOut
from .workload import Workload


@dataclass(frozen=True)
class Cost:
    """US dollars in a month."""

    traces: float
    """X-Ray: traces recorded."""

    reads: float
    """X-Ray: traces retrieved and scanned."""

    spans: float
    """Transaction Search: spans kept."""

    index: float
    """Transaction Search: spans indexed."""

    way_out: float
    """NAT gateway or private endpoint."""

    between_zones: float
    """Data transfer between zones."""

    nodes: float
    """The share of the nodes that the pods ask for."""

    @property
    def xray(self) -> float:
        """Returns what X-Ray and CloudWatch charge."""
        return self.traces + self.reads + self.spans + self.index

    @property
    def total(self) -> float:
        """Returns the sum of all."""
        return sum(getattr(self, each.name) for each in fields(self))


def monthly_cost(workload: Workload, setup: Setup, prices: Prices) -> Cost:
    """Returns what a month costs.

    Args:
        workload: The cluster, and what is traced.
        setup: How traces get to X-Ray.
        prices: The region's.
    """
    kept = setup.transaction_search
    crossing = bytes_between_zones(workload, setup)
    return Cost(
        traces=0.0 if kept else prices.of_traces(workload.traces),
        reads=prices.of_reads(workload.traces_read),
        spans=prices.of_spans(workload.bytes) if kept else 0.0,
        index=prices.of_index(workload.segments, setup.indexing_percent) if kept else 0.0,
        way_out=_way_out(workload, setup, prices),
        # Who sends is charged, and who receives.
        between_zones=2 * crossing / GB * prices.between_zones,
        nodes=nodes_taken(workload, setup) * HOURS * prices.node_hour,
    )


def bytes_between_zones(workload: Workload, setup: Setup) -> float:
    """Returns how many bytes of segments go from one zone to another in a month."""
    return workload.bytes * setup.crossings(workload.zones)


def nodes_taken(workload: Workload, setup: Setup) -> float:
    """Returns how many whole nodes the pods of a set-up ask for together."""
    size = workload.node_cpus, workload.node_memory_gib
    gateway = setup.gateway.share(*size) * setup.gateway_replicas if setup.gateway else 0.0
    return workload.nodes * setup.on_node.share(*size) + gateway


def _way_out(workload: Workload, setup: Setup, prices: Prices) -> float:
    """A NAT gateway's hours are the cluster's: it is there without tracing too."""
    if setup.way_out == WayOut.NAT:
        return workload.bytes / GB * prices.nat
    if setup.way_out == WayOut.ENDPOINT:
        hours = workload.zones * HOURS * prices.endpoint_hour
        return hours + workload.bytes / GB * prices.endpoint
    return 0.0
