"""An X-Ray API to read from, with pages, latency and a limit of calls, in the place of AWS's."""

import json
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ..http_server import THROTTLED, Answer, Request, serve

SUMMARIES: Final = "/TraceSummaries"
TRACES: Final = "/Traces"
"""The paths of GetTraceSummaries and BatchGetTraces (X-Ray API reference)."""

MOST_TRACES: Final = 5
"""How many ids BatchGetTraces takes (X-Ray API reference)."""

LONGEST_SECONDS: Final = 6 * 3600
"""How long a window GetTraceSummaries takes; see `traces.windows.LONGEST`."""

REFUSED: Final = Answer(429, '{"Message": "Rate exceeded"}', THROTTLED)
EXPIRED: Final = Answer(
    403,
    '{"Message": "The security token included in the request is expired"}',
    {"x-amzn-ErrorType": "ExpiredTokenException"},
)


@dataclass(frozen=True)
class Setting:
    """What there is to read, and how it may be read."""

    traces: int
    seconds: int = 900
    """Over how long they are spread, evenly."""

    end: datetime = datetime(2024, 5, 24, 12, tzinfo=UTC)
    """When the last of them started."""

    rate: float | None = None
    """Calls a second of each operation, after a burst of as many; none sets no limit."""

    latency: float = 0.05
    """Seconds that an answer takes; a refusal takes none."""

    page: int = 100
    """Summaries in a page."""

    outage: tuple[float, float] = (0.0, 0.0)
    """Seconds after the first call from and until which all calls are refused."""

    expires: float = float("inf")
    """Seconds after the first call from which credentials have expired."""

    @property
    def start(self) -> datetime:
        """Returns when the first of the traces started, at the earliest."""
        return self.end - timedelta(seconds=self.seconds)

    @property
    def fewest_calls(self) -> int:
        """Returns how many calls read all traces, if none is refused."""
        return -(-self.traces // MOST_TRACES) + max(1, -(-self.traces // self.page))


@dataclass(frozen=True)
class Call:
    """One call, and when it came."""

    path: str
    second: float
    """After the first of all calls."""

    refused: bool


@dataclass(frozen=True)
class Seen:
    """What the API was asked, and what it gave."""

    calls: Sequence[Call]
    given: Mapping[str, int]
    """How many times each trace was given."""

    @property
    def answered(self) -> Sequence[Call]:
        """Returns the calls that were not refused."""
        return [call for call in self.calls if not call.refused]

    @property
    def refused(self) -> Sequence[Call]:
        """Returns the calls that were refused."""
        return [call for call in self.calls if call.refused]


class TokenBucket:
    """A limit of calls: a burst of what a second allows, then a steady rate."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = rate
        self._filled = time.monotonic()

    def take(self) -> bool:
        """Takes a token, if there is one."""
        now = time.monotonic()
        self._tokens = min(self._rate, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        taken = self._tokens >= 1
        self._tokens -= taken
        return taken


class LimitedApi:
    """Serves traces by GetTraceSummaries and BatchGetTraces, and counts what it is asked."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._ids = [_trace_id(setting, number) for number in range(setting.traces)]
        self._lock = threading.Lock()
        self._first_call: float | None = None
        self._buckets = {path: TokenBucket(setting.rate or 1.0) for path in (SUMMARIES, TRACES)}
        self._calls: list[Call] = []
        self._given: Counter[str] = Counter()

    def seen(self) -> Seen:
        """Returns what it has been asked so far."""
        with self._lock:
            return Seen(list(self._calls), dict(self._given))

    def answer(self, request: Request) -> Answer:
        """Answers one call."""
        call = self._enter(request.path)
        if call.second >= self._setting.expires:
            return EXPIRED
        if call.refused:
            return REFUSED
        time.sleep(self._setting.latency)
        asked = json.loads(request.body)
        return self._list(asked) if request.path == SUMMARIES else self._give(asked["TraceIds"])

    def _enter(self, path: str) -> Call:
        with self._lock:
            now = time.monotonic()
            self._first_call = self._first_call or now
            second = now - self._first_call
            start, end = self._setting.outage
            limited = self._setting.rate is not None
            refused = start <= second < end or (limited and not self._buckets[path].take())
            call = Call(path, second, refused)
            self._calls.append(call)
            return call

    def _list(self, request: Mapping[str, Any]) -> Answer:
        start, end = int(request["StartTime"]), int(request["EndTime"])
        if end - start > LONGEST_SECONDS:
            return _invalid("Time range cannot be longer than 6 hours")
        ids = [each for each in self._ids if start <= int(each[2:10], 16) <= end]
        first = int(request.get("NextToken") or 0)
        last = first + self._setting.page
        page: dict[str, Any] = {"TraceSummaries": [{"Id": each} for each in ids[first:last]]}
        if last < len(ids):
            page["NextToken"] = str(last)
        return Answer(content=json.dumps(page))

    def _give(self, ids: Sequence[str]) -> Answer:
        if len(ids) > MOST_TRACES:
            return _invalid(f"Exceeding maximum query size: {MOST_TRACES}")
        with self._lock:
            self._given.update(ids)
        return Answer(content=json.dumps({"Traces": [_trace(each) for each in ids]}))


@contextmanager
def start_limited_api(address: str, setting: Setting) -> Generator[tuple[str, LimitedApi]]:
    """Starts an API on an address of this machine, and stops it with its block.

    Yields:
        Its URL, and itself.
    """
    api = LimitedApi(setting)
    with serve(address, api.answer) as url:
        yield url, api


def _invalid(message: str) -> Answer:
    return Answer(
        400,
        json.dumps({"Message": message}),
        {"x-amzn-ErrorType": "InvalidRequestException"},
    )


def _trace_id(setting: Setting, number: int) -> str:
    """Returns the id of the newest trace first."""
    start = int(setting.end.timestamp()) - number * setting.seconds // setting.traces
    return f"1-{start:08x}-{number:024x}"


def _trace(trace_id: str) -> dict[str, Any]:
    segments = [_segment(trace_id, name) for name in ("service-a", "service-b")]
    return {"Id": trace_id, "Duration": 0.1, "Segments": segments}


def _segment(trace_id: str, name: str) -> dict[str, str]:
    start = int(trace_id[2:10], 16)
    segment_id = f"{name[-1]}{trace_id[-15:]}"
    document = {
        "id": segment_id,
        "name": name,
        "trace_id": trace_id,
        "start_time": start,
        "end_time": start + 0.1,
        "origin": "AWS::EKS::Container",
        "http": {
            "request": {"method": "GET", "url": f"http://{name}/"},
            "response": {"status": 200},
        },
        "aws": {"eks": {"cluster_name": "demo", "pod": f"{name}-7d9c-x2x4z"}},
    }
    return {"Id": segment_id, "Document": json.dumps(document)}
