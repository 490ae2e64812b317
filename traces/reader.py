"""Reads whole traces from the X-Ray API, with GetTraceSummaries and BatchGetTraces."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import boto3
from botocore.config import Config

from traces.assembly import assemble_trace
from traces.model import Trace

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of traces read so far and the number listed so far."""

_LONGEST_WINDOW = timedelta(hours=6)
_WINDOW_OVERLAP = timedelta(minutes=1)
_TRACES_PER_CALL = 5
_PARALLEL_CALLS = 4


class UnknownTraceError(LookupError):
    """X-Ray has no trace of the id asked for."""


def create_client(region: str | None = None, endpoint_url: str | None = None) -> "XRayClient":
    """Return an X-Ray client that retries patiently when X-Ray throttles it.

    Args:
        region: The AWS region; by default that of the environment or the AWS profile.
        endpoint_url: Another address of the API, such as that of a stand-in.
    """
    config = Config(
        retries={"mode": "adaptive", "max_attempts": 10}, connect_timeout=5, read_timeout=60
    )
    session = boto3.Session(region_name=region)
    return session.client("xray", endpoint_url=endpoint_url, config=config)


def read_traces(
    client: "XRayClient", start: datetime, end: datetime, progress: Progress | None = None
) -> list[Trace]:
    """Read all traces between two times, the newest first.

    Times without a time zone are local. The window is widened to whole seconds, and by a
    second at either end. A trace that X-Ray lists but doesn't return, even when asked for
    again, is in the result without segments and with ``unprocessed`` set.

    Raises:
        botocore.exceptions.ClientError: X-Ray refused a call.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked.
        ValueError: ``start`` isn't before ``end``.
    """
    trace_ids = list(_list_trace_ids(client, start, end, progress))
    batches = [
        trace_ids[first : first + _TRACES_PER_CALL]
        for first in range(0, len(trace_ids), _TRACES_PER_CALL)
    ]
    traces: list[Trace] = []
    executor = ThreadPoolExecutor(max_workers=_PARALLEL_CALLS)
    try:
        futures = [executor.submit(_read_batch, client, batch) for batch in batches]
        for future in as_completed(futures):
            traces.extend(future.result())
            if progress is not None:
                progress(len(traces), len(trace_ids))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
    return sorted(traces, key=lambda trace: (-trace.start_time, trace.id))


def read_found(client: "XRayClient", trace_ids: Sequence[str]) -> list[Trace]:
    """Read those of some traces that X-Ray has; it may have each only a while after it was sent.

    Raises:
        botocore.exceptions.ClientError: X-Ray refused a call.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked.
    """
    found: dict[str, Trace] = {}
    for first in range(0, len(trace_ids), _TRACES_PER_CALL):
        found |= _request_traces(client, trace_ids[first : first + _TRACES_PER_CALL])
    return [trace for trace in found.values() if trace.segments]


def read_trace(client: "XRayClient", trace_id: str) -> Trace:
    """Read the trace of one id.

    Raises:
        UnknownTraceError: X-Ray has no such trace.
        botocore.exceptions.ClientError: X-Ray refused the call.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked.
    """
    [trace] = _read_batch(client, [trace_id])
    if trace.unprocessed:
        raise UnknownTraceError(f"X-Ray has no trace {trace_id}.")
    return trace


def _list_trace_ids(
    client: "XRayClient", start: datetime, end: datetime, progress: Progress | None
) -> Iterable[str]:
    trace_ids: dict[str, None] = {}
    for window_start, window_end in split_window(start, end):
        pages = client.get_paginator("get_trace_summaries").paginate(
            StartTime=window_start, EndTime=window_end
        )
        for page in pages:
            listed = (summary.get("Id") for summary in page.get("TraceSummaries", ()))
            trace_ids.update((trace_id, None) for trace_id in listed if trace_id)
            if progress is not None:
                progress(0, len(trace_ids))
    return trace_ids


def split_window(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield windows of at most 6 hours, all that X-Ray lists in one call, in whole seconds.

    They overlap by a minute, so that a trace which straddles a boundary lies within one.

    Raises:
        ValueError: ``start`` isn't before ``end``.
    """
    if start >= end:
        raise ValueError("The start of the time window must be before its end.")
    second = timedelta(seconds=1)
    start = start.astimezone(UTC).replace(microsecond=0) - second
    end = end.astimezone(UTC).replace(microsecond=0) + 2 * second
    while start + _LONGEST_WINDOW < end:
        yield start, start + _LONGEST_WINDOW
        start += _LONGEST_WINDOW - _WINDOW_OVERLAP
    yield start, end


def _read_batch(client: "XRayClient", trace_ids: Sequence[str]) -> list[Trace]:
    traces = _request_traces(client, trace_ids)
    for trace_id in trace_ids:
        if trace_id not in traces:
            traces.update(_request_traces(client, [trace_id]))
    return [traces.get(trace_id) or Trace(id=trace_id, unprocessed=True) for trace_id in trace_ids]


def _request_traces(client: "XRayClient", trace_ids: Sequence[str]) -> dict[str, Trace]:
    documents: defaultdict[str, list[str]] = defaultdict(list)
    limit_exceeded: set[str] = set()
    for page in client.get_paginator("batch_get_traces").paginate(TraceIds=list(trace_ids)):
        for item in page.get("Traces", ()):
            # A stand-in leaves out the id of a trace that isn't finished.
            trace_id = item.get("Id") or _only(trace_ids)
            segments = item.get("Segments", ())
            if trace_id is None:
                continue
            documents[trace_id].extend(segment.get("Document", "") for segment in segments)
            if item.get("LimitExceeded"):
                limit_exceeded.add(trace_id)
    return {
        trace_id: assemble_trace(trace_id, texts, limit_exceeded=trace_id in limit_exceeded)
        for trace_id, texts in documents.items()
    }


def _only(trace_ids: Sequence[str]) -> str | None:
    return trace_ids[0] if len(trace_ids) == 1 else None
