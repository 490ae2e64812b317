"""The client: sends traced requests to Service-A and remembers which."""

import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import requests
from aws_xray_sdk.core.models.traceid import TraceId

CONCURRENCY: Final = 16
"""Requests on their way at once."""

TIMEOUT_SECONDS: Final = 10
"""How long one request may take."""


@dataclass(frozen=True)
class Sent:
    """The requests that were sent."""

    trace_ids: frozenset[str]
    """One trace for each request."""

    statuses: Counter[str]
    """How many came back with each HTTP status, or without one."""


def send_requests(
    url: str, count: int, session: requests.Session, progress: Callable[[int, int], None]
) -> Sent:
    """Sends requests, each with a trace id of its own, and asks for each to be recorded.

    Args:
        url: Where to.
        count: How many.
        session: Sends them.
        progress: Called after each with how many are done, and how many there are.
    """
    trace_ids = [TraceId().to_id() for _ in range(count)]
    statuses: Counter[str] = Counter()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        for status in pool.map(lambda trace_id: _send(session, url, trace_id), trace_ids):
            statuses[status] += 1
            progress(statuses.total(), count)
    return Sent(frozenset(trace_ids), statuses)


def _send(session: requests.Session, url: str, trace_id: str) -> str:
    # The X-Ray propagator of OpenTelemetry begins a trace of its own where there is no Parent. AWS
    # load balancers name none; this one sends no segment, so that the first service's has no other.
    header = {"X-Amzn-Trace-Id": f"Root={trace_id};Parent={secrets.token_hex(8)};Sampled=1"}
    try:
        response = session.get(url, headers=header, timeout=TIMEOUT_SECONDS)
    except requests.RequestException as error:
        return type(error).__name__
    return str(response.status_code)
