import math
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tools.bench.http_server import Answer, Request, serve
from tools.bench.performance.limited_api import LimitedApi, Setting, start_limited_api
from tools.traces.model import Trace
from tools.traces.reader import IncompleteReadingError, create_client, read_found, read_traces
from tools.traces.reading import Progress

HOST = "127.0.0.1"
QUICK = Setting(traces=103, latency=0.005, page=10)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


class Told:
    """Keeps what is told of a reading."""

    def __init__(self) -> None:
        self.all: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        self.all.append(progress)


def read(
    url: str, setting: Setting, told: Told | None = None, patience: float = 30.0
) -> list[Trace]:
    client = create_client("eu-west-1", url)
    return read_traces(client, setting.start, setting.end, told, patience=patience)


def ids(traces: Sequence[Trace]) -> list[str]:
    return [trace.id for trace in traces]


def assert_each_read_once(traces: Sequence[Trace], api: LimitedApi, setting: Setting) -> None:
    assert len(set(ids(traces))) == len(traces) == setting.traces
    assert all(len(trace.segments) == 2 for trace in traces)
    assert set(api.seen().given.values()) == {1}


def test_all_pages_are_followed_and_each_trace_is_read_once_the_newest_first() -> None:
    with start_limited_api(HOST, QUICK) as (url, api):
        traces = read(url, QUICK)
    assert_each_read_once(traces, api, QUICK)
    times = [trace.start_time for trace in traces]
    assert times == sorted(times, reverse=True)


def test_a_day_is_read_in_windows_that_x_ray_takes() -> None:
    day = Setting(traces=50, seconds=24 * 3600, latency=0.0, page=10)
    with start_limited_api(HOST, day) as (url, api):
        assert_each_read_once(read(url, day), api, day)


def test_hardly_more_calls_are_made_than_it_takes() -> None:
    many = Setting(traces=1000, latency=0.0, page=12)
    with start_limited_api(HOST, many) as (url, api):
        read(url, many)
    assert len(api.seen().answered) <= 1.1 * many.fewest_calls


def test_traces_are_read_while_others_are_listed() -> None:
    slow = Setting(traces=100, latency=0.02, page=5)
    told = Told()
    with start_limited_api(HOST, slow) as (url, _):
        read(url, slow, told)
    assert any(progress.read > 0 and progress.listed < slow.traces for progress in told.all)


def test_progress_never_goes_back_and_ends_with_all() -> None:
    told = Told()
    with start_limited_api(HOST, QUICK) as (url, _):
        read(url, QUICK, told)
    for before, after in pairwise(told.all):
        assert before.read <= after.read
        assert before.listed <= after.listed
    assert all(progress.read <= progress.listed for progress in told.all)
    assert told.all[-1] == Progress(QUICK.traces, QUICK.traces, throttled=False)


def test_a_limit_is_kept_and_used() -> None:
    limited = Setting(traces=300, latency=0.005, rate=30)
    start = time.monotonic()
    with start_limited_api(HOST, limited) as (url, api):
        assert_each_read_once(read(url, limited), api, limited)
    # 60 calls at 30 a second, half of which are its burst.
    assert 0.9 < time.monotonic() - start < 5.0


def test_throttling_is_waited_out_and_told() -> None:
    broken = Setting(traces=300, latency=0.005, rate=20, outage=(0.3, 2.3))
    told = Told()
    with start_limited_api(HOST, broken) as (url, api):
        assert_each_read_once(read(url, broken, told), api, broken)
    assert any(progress.throttled for progress in told.all)
    assert not told.all[-1].throttled


def test_what_was_read_is_kept_when_credentials_expire() -> None:
    expiring = Setting(traces=1000, latency=0.02, rate=40, expires=2.0)
    with (
        start_limited_api(HOST, expiring) as (url, _),
        pytest.raises(IncompleteReadingError) as error,
    ):
        read(url, expiring)
    incomplete = error.value
    assert isinstance(incomplete.__cause__, ClientError)
    assert 0 < len(incomplete.traces) < incomplete.listed == expiring.traces
    assert incomplete.listed_all
    assert len(set(ids(incomplete.traces))) == len(incomplete.traces)


def test_the_newest_are_read_first() -> None:
    expiring = Setting(traces=1500, latency=0.01, rate=50, expires=2.0)
    with (
        start_limited_api(HOST, expiring) as (url, _),
        pytest.raises(IncompleteReadingError) as error,
    ):
        read(url, expiring)
    middle = (expiring.start + timedelta(seconds=expiring.seconds / 2)).timestamp()
    newer = [trace for trace in error.value.traces if trace.start_time > middle]
    assert len(newer) > 0.7 * len(error.value.traces)


def test_x_ray_is_given_up_after_it_has_refused_all_calls_for_long() -> None:
    never = Setting(traces=500, latency=0.005, rate=40, outage=(0.5, math.inf))
    with start_limited_api(HOST, never) as (url, _), pytest.raises(IncompleteReadingError) as error:
        read(url, never, patience=1.5)
    assert "ThrottledException" in str(error.value.__cause__)
    assert error.value.traces


def test_the_failure_itself_is_raised_where_nothing_was_read() -> None:
    never = Setting(traces=10, outage=(0.0, math.inf))
    with (
        start_limited_api(HOST, never) as (url, _),
        pytest.raises(ClientError, match="ThrottledException"),
    ):
        read(url, never, patience=0.5)


def test_an_interrupt_ends_a_reading_that_waits() -> None:
    never = Setting(traces=10, outage=(0.0, math.inf))

    def interrupt(progress: Progress) -> None:
        if progress.throttled:
            raise KeyboardInterrupt

    with start_limited_api(HOST, never) as (url, _):
        client = create_client("eu-west-1", url)
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            read_traces(client, never.start, never.end, interrupt)
        assert time.monotonic() - start < 20.0


def test_a_failure_in_aws_is_repeated() -> None:
    api = LimitedApi(QUICK)
    failures = iter((500, 503))

    def answer(request: Request) -> Answer:
        failure = next(failures, None)
        return Answer(failure) if failure else api.answer(request)

    with serve(HOST, answer) as url:
        assert_each_read_once(read(url, QUICK), api, QUICK)


def test_a_lost_connection_is_repeated_and_in_the_end_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tools.traces.patience.ATTEMPTS", 3)
    calls: list[str] = []

    def answer(request: Request) -> Answer:
        calls.append(request.path)
        raise ConnectionError

    one_window = replace(QUICK, seconds=60)
    with serve(HOST, answer) as url, pytest.raises(ConnectionClosedError):
        read(url, one_window)
    assert len(calls) == 3


def test_those_of_some_traces_are_found_that_x_ray_has() -> None:
    with start_limited_api(HOST, QUICK) as (url, api):
        client = create_client("eu-west-1", url)
        wanted = ids(read_traces(client, QUICK.start, QUICK.end))[:12]
        before = len(api.seen().calls)
        assert set(ids(read_found(client, wanted))) == set(wanted)
        assert len(api.seen().calls) - before == 3
