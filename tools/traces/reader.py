"""Reads whole traces from the X-Ray API, with GetTraceSummaries and BatchGetTraces."""

import difflib
import os
import re
import socket
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.validate import ParamValidator

from tools.lab.errors import ToolError

from .trace import Trace, assemble_trace, newness
from .transaction_search import NO_ANSWER, retrieve_documents, transaction_search

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

CALLS_AT_ONCE: Final = 8

TRACES_PER_CALL: Final = 5
"""All that BatchGetTraces takes (X-Ray API reference); beyond, it answers "Exceeding maximum query
size: 5" (https://github.com/boto/boto3/issues/3924)."""

LONGEST_WINDOW: Final = timedelta(hours=6)
"""All that X-Ray lists in one call: it answers "Time range cannot be longer than 6 hours" beyond.
The API reference does not say so."""

NEVER: Final = datetime.fromtimestamp(0, UTC)

OVERLAP: Final = timedelta(minutes=1)
"""So that a trace which straddles a boundary lies within one window."""


class NotXRayError(BotoCoreError):
    """Something else answers, such as the login page of a proxy."""

    fmt = "{url} doesn't answer as X-Ray does: {what}; a proxy may answer instead"


class IncompleteReadingError(Exception):
    """Reading ended early; `traces` are what was read, and the cause says why."""

    def __init__(self, traces: list[Trace], listed: int) -> None:
        super().__init__(
            f"Reading ended early: {len(traces):,} of {listed:,} traces listed were read."
        )
        self.traces = traces


def create_client(region: str | None = None, endpoint_url: str | None = None) -> "XRayClient":
    """Makes an X-Ray client that waits where X-Ray throttles, and repeats calls that fail.

    The region is by default that of the environment or the AWS profile.
    """
    if endpoint_url is not None:
        _check_endpoint(endpoint_url)
    config = Config(
        # How many calls a second X-Ray allows isn't documented; this mode finds out.
        retries={"mode": "adaptive", "total_max_attempts": 8},
        max_pool_connections=CALLS_AT_ONCE + 1,
        connect_timeout=5,
    )
    session = boto3.Session(region_name=region or os.environ.get("AWS_REGION") or None)
    if session.region_name and endpoint_url is None:
        _check_region(session, session.region_name)
    return session.client("xray", endpoint_url=endpoint_url, config=config)


def _check_region(session: boto3.Session, region: str) -> None:
    """Refuses what no region is called; says of one that botocore doesn't know what it may be."""
    partitions = session.get_available_partitions()
    known = [name for each in partitions for name in session.get_available_regions("xray", each)]
    if region in known:
        return
    # Only now: the components take seconds to load.
    from components.aws_values import REGION

    close = difflib.get_close_matches(region.lower(), known, n=1)
    hint = f"did you mean {close[0]}?" if close else "regions have names such as eu-west-1."
    if not REGION.allows(region):
        raise ToolError(f"there is no AWS region '{region}': {hint}")
    print(f"Region {region} is not among those known here, but may be new: {hint}", file=sys.stderr)


def _check_endpoint(url: str) -> None:
    """Checks that something listens at an address, which fails faster than retries do."""
    try:
        address = urlsplit(url)
        port = address.port or {"http": 80, "https": 443}[address.scheme]
        socket.create_connection((address.hostname or "", port), timeout=5).close()
    except (KeyError, OSError, ValueError) as error:
        reason = "it must begin with http:// or https://" if isinstance(error, KeyError) else error
        raise ToolError(f"{url} can't be reached: {reason}.") from error


def read_traces(
    client: "XRayClient",
    start: datetime,
    end: datetime,
    on_progress: Callable[[int, int], object] = lambda _read, _listed: None,
) -> list[Trace]:
    """Reads all traces between two times, the newest first.

    Times without a time zone are local. A trace that X-Ray lists but doesn't return, even when
    asked for again, is in the result without segments and with `unprocessed` set. `on_progress` is
    told how many have been read, and how many listed.

    Raises:
        botocore.exceptions.ClientError: X-Ray refused a call, and nothing was read.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked, and nothing was read.
        IncompleteReadingError: One of these happened after some traces were read.
    """
    listed: dict[str, float] = {}
    traces: list[Trace] = []
    second = timedelta(seconds=1)  # X-Ray takes whole ones.
    try:
        # Its threads are daemons: Ctrl-C need not wait for calls that X-Ray throttles.
        with ThreadPool(CALLS_AT_ONCE) as pool:
            for window in windows_between(start - second, end + second):
                new: dict[str, float] = {}
                times = dict(zip(("StartTime", "EndTime"), window, strict=True))
                for page in _read_pages(client, "get_trace_summaries", "TraceSummaries", **times):
                    for each in page:
                        if (trace_id := each.get("Id")) and trace_id not in listed:
                            new[trace_id] = each.get("StartTime", NEVER).timestamp()
                    on_progress(len(traces), len(listed) + len(new))
                listed |= new
                # Of what is not read in the end, nothing is newer.
                batches = _in_batches(sorted(new, key=new.__getitem__, reverse=True))
                for batch in pool.imap(partial(_read_batch, client, starts=new), batches):
                    traces += batch
                    on_progress(len(traces), len(listed))
    except (ClientError, BotoCoreError) as failure:
        if not traces:
            raise
        raise IncompleteReadingError(traces, len(listed)) from failure
    return sorted(traces, key=newness)


def read_trace(client: "XRayClient", trace_id: str, minutes: float = 15) -> Trace:
    """Reads the trace of one id; the span log group is searched that many minutes back.

    Raises:
        ToolError: X-Ray has none.
    """
    span_log, note = transaction_search(client)
    if found := read_found(client, [trace_id], minutes if span_log else 0):
        return found[0]
    raise ToolError(f"X-Ray has no trace {trace_id}. {note}".rstrip())


def read_found(
    client: "XRayClient", trace_ids: Sequence[str], span_log_minutes: float = 0
) -> list[Trace]:
    """Reads those of some traces that X-Ray has, or the span log group of the last minutes."""
    read = [_read_returned(client, batch) for batch in _in_batches(trace_ids)]
    found = [each for batch in read for each in batch.values() if each.records or each.unreadable]
    missing = {*trace_ids} - {trace.id for trace in found} if span_log_minutes else ()
    texts = retrieve_documents(client, [*missing], span_log_minutes)
    return [*found, *(assemble_trace(each, texts[each]) for each in texts)]


def windows_between(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yields windows of time that X-Ray lists, the newest first."""
    while start < end:
        yield max(start, end - LONGEST_WINDOW), end
        end -= LONGEST_WINDOW - OVERLAP


def _in_batches(trace_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(trace_ids), TRACES_PER_CALL):
        yield trace_ids[first : first + TRACES_PER_CALL]


def _read_batch(
    client: "XRayClient", trace_ids: Sequence[str], starts: Mapping[str, float]
) -> list[Trace]:
    """Reads as many traces as one call takes; those that aren't returned are asked for again."""
    traces = _read_returned(client, trace_ids)
    if missing := [trace_id for trace_id in trace_ids if trace_id not in traces]:
        traces |= _read_returned(client, missing)
    all_of_them = [traces.get(each) or Trace(id=each, unprocessed=True) for each in trace_ids]
    return [replace(each, listed_start=starts[each.id]) for each in all_of_them]


def _read_returned(client: "XRayClient", trace_ids: Sequence[str]) -> dict[str, Trace]:
    documents: defaultdict[str, list[str]] = defaultdict(list)
    limit_exceeded: set[str] = set()
    for page in _read_pages(client, "batch_get_traces", "Traces", TraceIds=list(trace_ids)):
        for item in page:
            texts = [segment.get("Document", "") for segment in item.get("Segments", ())]
            # moto leaves out the id of a trace that isn't finished.
            found = re.search(r'"trace_id": *"([\w-]+)"', "".join(texts))
            trace_id = item.get("Id") or (found[1] if found else "")
            documents[trace_id].extend(texts)
            limit_exceeded |= {trace_id} if item.get("LimitExceeded") else set()
    return {
        trace_id: assemble_trace(trace_id, texts, limit_exceeded=trace_id in limit_exceeded)
        for trace_id, texts in documents.items()
    }


def _read_pages(
    client: "XRayClient", operation: Any, result: str, **arguments: Any
) -> Iterator[list[dict[str, Any]]]:
    """Yields what each page of an answer has.

    Raises:
        NotXRayError: It isn't an answer of X-Ray. botocore takes whatever has status 200 for one.
    """
    tokens: set[str] = set()
    meta: Any = client.meta
    shape = meta.service_model.operation_model(meta.method_to_api_mapping[operation]).output_shape
    try:
        for page in client.get_paginator(operation).paginate(**arguments):
            if ParamValidator().validate({result: page[result]}, shape).has_errors():
                raise TypeError
            yield [dict(each) for each in page[result]]
            if (token := page.get("NextToken")) in tokens:
                raise ValueError("the pages have no end")
            tokens |= {token} if token else set()
    except (RuntimeError, *NO_ANSWER) as error:
        what = error if isinstance(error, ValueError) else f"there are no {result}"
        raise NotXRayError(url=client.meta.endpoint_url, what=what) from error
