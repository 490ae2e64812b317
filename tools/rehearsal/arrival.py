"""Which of the traces that were sent arrived at X-Ray's API."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tools.traces import Trace, read_traces

ARRIVAL_SECONDS: Final = 15.0
"""How long the last segments may take from a service through the daemon to the API."""


@dataclass(frozen=True)
class Arrival:
    """What arrived, against what was sent."""

    sent: int
    traces: tuple[Trace, ...]
    lost: tuple[str, ...]
    """Sent traces that lack a segment of a service that every request passes."""

    doubled: tuple[str, ...]
    """Traces with more segments of a service than requests, or a segment twice."""

    unknown: tuple[str, ...]
    """Traces that nobody sent."""

    @property
    def whole(self) -> int:
        """Returns how many of the sent traces arrived with every service's segment."""
        return self.sent - len(self.lost)

    def problem(self) -> str | None:
        """Returns a sentence about what is wrong; none where every trace arrived once."""
        found = {"lost": self.lost, "doubled": self.doubled, "never sent": self.unknown}
        said = [f"{len(ids)} were {what}" for what, ids in found.items() if ids]
        return f"of {self.sent} traces {', '.join(said)}." if said else None


def await_traces(
    client: Any, since: datetime, trace_ids: Collection[str], services: Collection[str]
) -> Arrival:
    """Returns what arrived, as soon as nothing is missing or after `ARRIVAL_SECONDS`.

    Args:
        client: A client of X-Ray's API.
        since: When the first request was sent.
        trace_ids: The traces that were sent.
        services: Names of the services that every request passes exactly once.
    """

    def look() -> Arrival:
        until = datetime.now(UTC) + timedelta(seconds=5)
        return compare(read_traces(client, since, until), trace_ids, services)

    patient = Retrying(
        retry=retry_if_result(lambda arrival: bool(arrival.lost)),
        stop=stop_after_delay(ARRIVAL_SECONDS),
        wait=wait_fixed(0.3),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    return patient(look)


def compare(
    traces: Iterable[Trace], trace_ids: Collection[str], services: Collection[str]
) -> Arrival:
    """Returns what arrived of the traces that were sent; see `await_traces`."""
    arrived = {trace.id: trace for trace in traces}
    lost, doubled = [], []
    for trace_id in trace_ids:
        trace = arrived.get(trace_id)
        counts = Counter(segment.name for segment in trace.segments) if trace else Counter()
        if any(counts[service] == 0 for service in services):
            lost.append(trace_id)
        if trace and (
            trace.duplicate_segment_count or any(counts[service] > 1 for service in services)
        ):
            doubled.append(trace_id)
    unknown = tuple(trace_id for trace_id in arrived if trace_id not in trace_ids)
    return Arrival(len(trace_ids), tuple(arrived.values()), tuple(lost), tuple(doubled), unknown)
