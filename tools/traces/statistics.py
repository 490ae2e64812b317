"""Counts and percentiles of requests."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .formatting import format_rate, format_seconds, format_share
from .records import Record, Status

PERCENTILES: Final = (50, 90, 99)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestStatistics:
    """How often something was requested, how it went and how long it took.

    Attributes:
        request_count: All requests, those in progress too.
        in_progress_count: Requests without an end yet; they have no response time.
        rate_per_minute: Requests per minute over the time span of the whole graph.
        status_counts: Each request once, by its most severe flag.
        mean_seconds: Mean response time; like the percentiles None if nothing has ended.
        percentiles: The response times in seconds of the `PERCENTILES`.
    """

    request_count: int
    in_progress_count: int
    rate_per_minute: float
    status_counts: Counter[Status]
    mean_seconds: float | None
    percentiles: Mapping[int, float | None]

    def share(self, status: Status) -> float:
        """Returns the share (0 to 1) of requests shown as `status`; all shares add up to 1."""
        return self.status_counts[status] / self.request_count if self.request_count else 0.0

    def describe(self) -> str:
        """Returns the statistics as a sentence, for tooltips and screen readers."""
        noun = "request" if self.request_count == 1 else "requests"
        shares = [f"{format_share(self.share(each))} {each}" for each in Status if self.share(each)]
        return (
            f"{self.request_count:,} {noun}, {format_rate(self.rate_per_minute)} per minute, "
            f"{', '.join(shares)}, mean {format_seconds(self.mean_seconds)}, "
            f"{self.describe_percentiles(', ')}"
        )

    def describe_percentiles(self, separator: str) -> str:
        """Returns the percentiles with their names."""
        return separator.join(
            f"p{percent} {format_seconds(value)}" for percent, value in self.percentiles.items()
        )


def summarize_requests(records: Iterable[Record], span_seconds: float) -> RequestStatistics:
    """Returns the statistics of requests, each given by the record that describes it.

    Percentiles are interpolated linearly between the closest ranks, the lowest value being the 0th
    and the highest the 100th.

    Args:
        records: A segment, or the caller's subsegment, per request.
        span_seconds: The time span that the rate is over, in seconds.
    """
    requests = list(records)
    durations = [record.duration_seconds for record in requests]
    seconds = [duration for duration in durations if duration is not None]
    cuts: list[float | None] = [seconds[0] if seconds else None] * 99
    if len(seconds) > 1:
        cuts = [*statistics.quantiles(seconds, n=100, method="inclusive")]
    return RequestStatistics(
        request_count=len(requests),
        in_progress_count=len(requests) - len(seconds),
        rate_per_minute=len(requests) * 60 / span_seconds,
        status_counts=Counter(record.status for record in requests),
        mean_seconds=statistics.fmean(seconds) if seconds else None,
        percentiles={percent: cuts[percent - 1] for percent in PERCENTILES},
    )
