"""Requests to Service-A, each with a trace, and which of the traces arrive at the X-Ray API."""

import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.pool import ThreadPool
from typing import Any, Final

import requests

from components.agent.collector.tail_sampling import TailSampling
from tools.traces.calls import UNKNOWN_CALLER, find_requests
from tools.traces.formatting import format_count
from tools.traces.reader import read_traces
from tools.traces.trace import Trace

CONCURRENCY: Final = 16
"""Requests on their way at once."""

TIMEOUT_SECONDS: Final = 10
"""How long one request may take."""

ARRIVAL_SECONDS: Final = 15.0
"""How long the last segments may take from a service through the agent to the API."""

ODDS: Final = 1_000_000
"""One of so many gateways that keep the right share is called wrong, at most."""


@dataclass(frozen=True)
class Share:
    """What a gateway kept of the traces that nothing but `tailSampling.percent` keeps."""

    percent: float
    kept: int
    dropped: frozenset[str]

    @property
    def bounds(self) -> tuple[int, int]:
        """Returns the least and the most that it keeps, by Bernstein's inequality."""
        count, share = self.kept + len(self.dropped), self.percent / 100
        variance, third = count * share * (1 - share), math.log(2 * ODDS) / 3
        off = third + math.sqrt(third * (third + 6 * variance)) if variance else 0
        return max(math.ceil(count * share - off), 0), min(math.floor(count * share + off), count)

    def __str__(self) -> str:
        least, most = self.bounds
        return (
            f"of {format_count(self.kept + len(self.dropped), 'traces')} that nothing else keeps, "
            f"tailSampling.percent kept {self.kept}; at {self.percent:g}% it must be {least} to "
            f"{most}."
        )


@dataclass(frozen=True)
class Arrival:
    """What arrived, against what was sent."""

    sent: int
    traces: tuple[Trace, ...]
    """All that arrived, also those of others."""

    lost: tuple[str, ...]
    """Sent traces that lack a segment of a service that every request passes, or the call that a
    segment answers; not those that tail sampling may drop, and did."""

    doubled: tuple[str, ...]
    """Traces with more segments of a service than requests, or a segment twice."""

    share: Share | None = None
    """What tail sampling kept, where there is some."""

    def problem(self) -> str | None:
        """Returns a sentence about what is wrong; none where every trace arrived once."""
        found = {"lost": self.lost, "doubled": self.doubled}
        said = [f"{len(ids):,} {what}" for what, ids in found.items() if ids]
        if said:
            return f"{format_count(self.sent, 'traces')} sent: {', '.join(said)}."
        least, most = self.share.bounds if self.share else (0, 0)
        return str(self.share) if self.share and not least <= self.share.kept <= most else None


def send_requests(
    url: str,
    trace_ids: Collection[str],
    session: requests.Session,
    progress: Callable[[int, int], None],
) -> dict[str, str]:
    """Sends requests, each with a trace of its own, and asks for each to be recorded.

    Progress is told after each.

    Returns:
        The HTTP status of each, or the name of the error, by its trace.
    """
    statuses: dict[str, str] = {}
    # Its threads are daemons: Ctrl-C need not wait for what is still to be sent.
    with ThreadPool(CONCURRENCY) as pool:
        sending = pool.imap(lambda trace_id: (trace_id, _send(session, url, trace_id)), trace_ids)
        for trace_id, status in sending:
            statuses[trace_id] = status
            progress(len(statuses), len(trace_ids))
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
    client: Any,
    since: datetime,
    statuses: Mapping[str, str],
    services: Collection[str],
    sampling: TailSampling | None,
) -> Arrival:
    """Returns what arrived, as soon as nothing is missing or after `ARRIVAL_SECONDS`.

    Every request passes the services exactly once. A gateway that samples decides so much later.
    """
    wait_seconds = 0 if sampling is None else sampling["wait_seconds"]
    deadline = time.monotonic() + ARRIVAL_SECONDS + wait_seconds
    while True:
        until = datetime.now(UTC) + timedelta(seconds=5)
        arrival = compare(read_traces(client, since, until), statuses, services, sampling)
        missing = arrival.lost or (arrival.share and arrival.share.dropped)
        if not missing or time.monotonic() > deadline:
            return arrival
        time.sleep(0.3)


def compare(
    traces: Iterable[Trace],
    statuses: Mapping[str, str],
    services: Collection[str],
    sampling: TailSampling | None = None,
) -> Arrival:
    """Returns what arrived of the traces that were sent; see `await_traces`."""
    arrived = {trace.id: trace for trace in traces}
    share = None if sampling is None else _share(sampling, statuses, arrived)
    lost: list[str] = []
    doubled: list[str] = []
    for trace_id in statuses.keys() - (share.dropped if share else ()):
        trace = arrived.get(trace_id)
        counts = Counter(segment.name for segment in trace.segments) if trace else Counter()
        if trace is None or any(counts[each] == 0 for each in services) or _caller_is_lost(trace):
            lost.append(trace_id)
        if trace and (trace.duplicate_segment_count or any(counts[each] > 1 for each in services)):
            doubled.append(trace_id)
    return Arrival(len(statuses), tuple(arrived.values()), tuple(lost), tuple(doubled), share)


def _share(
    sampling: TailSampling, statuses: Mapping[str, str], arrived: Mapping[str, Trace]
) -> Share:
    faults = {each for each, status in statuses.items() if status.startswith("5")}
    drawn = statuses.keys() - (faults if sampling["keep_faults"] else ())
    slow = (sampling["slow_milliseconds"] or math.inf) / 1000
    kept = [each for each in drawn & arrived.keys() if arrived[each].duration_seconds <= slow]
    return Share(sampling["percent"], len(kept), frozenset(drawn - arrived.keys()))


def _caller_is_lost(trace: Trace) -> bool:
    # A collector sends the span of a call as a document of its own, maybe after the answer's.
    return any(request.source == UNKNOWN_CALLER for request in find_requests(trace))
