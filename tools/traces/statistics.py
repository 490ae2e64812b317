"""Percentiles and counts of requests."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.traces.model import SegmentBase, Status


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return the percentile of ``values``, or None if there are none.

    It is interpolated linearly between the closest ranks, the lowest value being the 0th
    percentile and the highest the 100th (``statistics.quantiles(…, method="inclusive")``).

    Raises:
        ValueError: ``percent`` isn't from 1 to 99.
    """
    if not 1 <= percent <= 99:
        raise ValueError(f"A percentile is from 1 to 99, not {percent}.")
    if len(values) < 2:
        return values[0] if values else None
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestStatistics:
    """How often something was requested, how it went and how long it took.

    Attributes:
        request_count: All requests, those in progress too.
        in_progress_count: Requests without an end yet; they have no response time.
        rate_per_minute: Requests per minute over the time span of the whole graph.
        ok_count: Requests with none of the flags.
        error_count: Requests flagged as error (4xx); throttled ones are among them.
        throttle_count: Requests flagged as throttle (429).
        fault_count: Requests flagged as fault (5xx).
        status_counts: Each request once, by its most severe flag.
        mean_seconds: Mean response time; like the percentiles None if nothing has ended.
        p50_seconds: Median response time.
        p90_seconds: 90th percentile of the response time.
        p99_seconds: 99th percentile of the response time.
    """

    request_count: int
    in_progress_count: int
    rate_per_minute: float
    ok_count: int
    error_count: int
    throttle_count: int
    fault_count: int
    status_counts: dict[Status, int]
    mean_seconds: float | None
    p50_seconds: float | None
    p90_seconds: float | None
    p99_seconds: float | None

    def share(self, status: Status) -> float:
        """Return the share (0 to 1) of requests shown as ``status``; all shares add up to 1."""
        if not self.request_count:
            return 0.0
        return self.status_counts[status] / self.request_count


def summarize_requests(records: Iterable[SegmentBase], span_seconds: float) -> RequestStatistics:
    """Return the statistics of requests, each given by the record that describes it.

    Args:
        records: A segment, or the caller's subsegment, per request.
        span_seconds: The time span that the rate is over, in seconds.
    """
    requests = list(records)
    counts = dict.fromkeys(Status, 0)
    for record in requests:
        counts[record.status] += 1
    seconds = sorted(
        record.duration_seconds for record in requests if record.duration_seconds is not None
    )
    return RequestStatistics(
        request_count=len(requests),
        in_progress_count=len(requests) - len(seconds),
        rate_per_minute=len(requests) * 60 / span_seconds,
        ok_count=counts[Status.OK],
        error_count=sum(record.error for record in requests),
        throttle_count=sum(record.throttle for record in requests),
        fault_count=sum(record.fault for record in requests),
        status_counts=counts,
        mean_seconds=statistics.fmean(seconds) if seconds else None,
        p50_seconds=percentile(seconds, 50),
        p90_seconds=percentile(seconds, 90),
        p99_seconds=percentile(seconds, 99),
    )
