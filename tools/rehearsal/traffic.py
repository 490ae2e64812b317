"""Requests to Service-A, each with a trace, and which of the traces arrive at the X-Ray API."""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests

from tools.traces.calls import UNKNOWN_CALLER, find_requests
from tools.traces.reader import read_traces
from tools.traces.trace import Trace

CONCURRENCY: Final = 16
"""Requests on their way at once."""

TIMEOUT_SECONDS: Final = 10
"""How long one request may take."""

ARRIVAL_SECONDS: Final = 15.0
"""How long the last segments may take from a service through the agent to the API."""


@dataclass(frozen=True)
class Arrival:
    """What arrived, against what was sent."""

    sent: int
    traces: tuple[Trace, ...]
    lost: tuple[str, ...]
    """Sent traces that lack a segment of a service that every request passes, or the call that a
    segment answers."""

    doubled: tuple[str, ...]
    """Traces with more segments of a service than requests, or a segment twice."""

    def problem(self) -> str | None:
        """Returns a sentence about what is wrong; none where every trace arrived once."""
        found = {"lost": self.lost, "doubled": self.doubled}
        said = [f"{len(ids)} were {what}" for what, ids in found.items() if ids]
        return f"of {self.sent} traces {', '.join(said)}." if said else None


def send_requests(
    url: str,
    trace_ids: Collection[str],
    session: requests.Session,
    progress: Callable[[int, int], None],
) -> Counter[str]:
    """Sends requests, each with a trace of its own, and asks for each to be recorded.

    Args:
        url: Where to.
        trace_ids: One trace for each request.
        session: Sends them.
        progress: Called after each with how many are done, and how many there are.

    Returns:
        How many came back with each HTTP status, or without one.
    """
    statuses: Counter[str] = Counter()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for status in pool.map(lambda trace_id: _send(session, url, trace_id), trace_ids):
            statuses[status] += 1
            progress(statuses.total(), len(trace_ids))
    return statuses


def _send(session: requests.Session, url: str, trace_id: str) -> str:
    # The X-Ray propagator of OpenTelemetry begins a trace of its own where there is no Parent. AWS
    # load balancers name none; this one sends no segment, so that the first service's has no other.
    header = {"X-Amzn-Trace-Id": f"Root={trace_id};Parent={secrets.token_hex(8)};Sampled=1"}
    try:
        response = session.get(url, headers=header, timeout=TIMEOUT_SECONDS)
    except requests.RequestException as error:
        return type(error).__name__
    return str(response.status_code)


def await_traces(
    client: Any, since: datetime, trace_ids: Collection[str], services: Collection[str]
) -> Arrival:
    """Returns what arrived, as soon as nothing is missing or after `ARRIVAL_SECONDS`.

    Args:
        client: A client of the X-Ray API.
        since: When the first request was sent.
        trace_ids: The traces that were sent.
        services: Names of the services that every request passes exactly once.
    """
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while True:
        until = datetime.now(UTC) + timedelta(seconds=5)
        arrival = compare(read_traces(client, since, until), trace_ids, services)
        if not arrival.lost or time.monotonic() > deadline:
            return arrival
        time.sleep(0.3)


def compare(
    traces: Iterable[Trace], trace_ids: Collection[str], services: Collection[str]
) -> Arrival:
    """Returns what arrived of the traces that were sent; see `await_traces`."""
    arrived = {trace.id: trace for trace in traces}
    lost: list[str] = []
    doubled: list[str] = []
    for trace_id in trace_ids:
        trace = arrived.get(trace_id)
        counts = Counter(segment.name for segment in trace.segments) if trace else Counter()
        if trace is None or any(counts[each] == 0 for each in services) or _caller_is_lost(trace):
            lost.append(trace_id)
        if trace and (trace.duplicate_segment_count or any(counts[each] > 1 for each in services)):
            doubled.append(trace_id)
    return Arrival(len(trace_ids), tuple(arrived.values()), tuple(lost), tuple(doubled))


def _caller_is_lost(trace: Trace) -> bool:
    # A collector sends the span of a call as a document of its own, maybe after the answer's.
    return any(request.source == UNKNOWN_CALLER for request in find_requests(trace))
