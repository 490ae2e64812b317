"""Readings from an API that is limited, and what they are measured beside."""

import time
import tracemalloc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Final, Literal

import boto3
from botocore.config import Config

from tools.traces import Trace, read_traces
from tools.traces.reader import CLIENT

from .api_process import ApiProcess
from .limited_api import MOST_TRACES, TRACES, Seen, Setting

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

CALLS_AT_ONCE: Final = 32
"""How many `traces.reader` makes, beside those that list."""

CALLS_ALONE: Final = 3
"""Calls one after the other, whose median is what one takes."""


@dataclass(frozen=True)
class Run:
    """One reading."""

    setting: Setting
    traces: Sequence[Trace]
    seen: Seen
    seconds: float

    @property
    def share(self) -> float:
        """Returns the calls for traces that succeeded, as a share of those that were allowed."""
        came = [call.second for call in self.seen.answered if call.path == TRACES]
        rate = self.setting.rate or 0.0
        return len(came) / (rate + rate * (came[-1] - came[0]))

    @property
    def excess(self) -> float:
        """Returns the calls that were not refused, in multiples of the fewest that do."""
        return len(self.seen.answered) / self.setting.fewest_calls

    @property
    def wrong(self) -> int:
        """Returns how many traces were lost, read twice or asked for again."""
        ids = [trace.id for trace in self.traces if trace.segments]
        again = sum(count - 1 for count in self.seen.given.values())
        return (self.setting.traces - len(set(ids))) + (len(ids) - len(set(ids))) + again


def read(api: ApiProcess, setting: Setting) -> Run:
    """Reads all that there is."""
    client = _client(api.start(setting), CLIENT)
    start = time.perf_counter()
    traces = read_traces(client, setting.start, setting.end)
    return Run(setting, traces, api.seen(), time.perf_counter() - start)


def seconds_with_botocore(
    api: ApiProcess, setting: Setting, mode: Literal["standard", "adaptive"]
) -> float:
    """Returns what it takes with as many calls at once and botocore's own retries.

    The ids are known beforehand.
    """
    ids = list(_ids(_client(api.start(setting), CLIENT), setting))
    batches = [ids[first : first + MOST_TRACES] for first in range(0, len(ids), MOST_TRACES)]
    retries = Config(retries={"mode": mode, "max_attempts": 10}, max_pool_connections=CALLS_AT_ONCE)
    client = _client(api.start(setting), retries)
    start = time.perf_counter()
    with ThreadPoolExecutor(CALLS_AT_ONCE) as executor:
        list(executor.map(lambda batch: client.batch_get_traces(TraceIds=batch), batches))
    return time.perf_counter() - start


def seconds_of_a_call(api: ApiProcess, setting: Setting) -> float:
    """Returns what one call for traces takes that is made alone."""
    client = _client(api.start(setting), CLIENT)
    ids = list(islice(_ids(client, setting), MOST_TRACES))
    took: list[float] = []
    for _ in range(CALLS_ALONE):
        start = time.perf_counter()
        client.batch_get_traces(TraceIds=ids)
        took.append(time.perf_counter() - start)
    return median(took)


def memory(api: ApiProcess, setting: Setting) -> tuple[int, int]:
    """Returns how many bytes reading takes at most, and how many of them the traces keep."""
    client = _client(api.start(setting), CLIENT)
    # What the first call loads is no part of it.
    client.get_trace_summaries(StartTime=setting.start, EndTime=setting.end)
    tracemalloc.start()
    try:
        traces = read_traces(client, setting.start, setting.end)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del traces
    return peak, kept


def _client(url: str, config: Config) -> "XRayClient":
    session = boto3.Session("testing", "testing", region_name="eu-west-1")
    return session.client("xray", endpoint_url=url, config=config)


def _ids(client: "XRayClient", setting: Setting) -> Iterator[str]:
    pages = client.get_paginator("get_trace_summaries").paginate(
        StartTime=setting.start, EndTime=setting.end
    )
    return (summary.get("Id", "") for page in pages for summary in page["TraceSummaries"])
