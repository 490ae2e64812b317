"""Calls and their bytes are counted as they come, and nothing is said of what was not measured."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.bench.test_xray_api import put
from tools.bench.backends.compare import COLLECTOR, DAEMON
from tools.bench.backends.sink import start_sink
from tools.bench.backends.span_sender import spans_at_once
from tools.bench.performance.calls import measure_calls
from tools.bench.performance.calls_rows import (
    FAST,
    SLOW,
    Sent,
    beside_daemon,
    conditions_of,
    rows_of,
    single_row,
)
from tools.bench.performance.row import Conditions
from tools.bench.performance.single_calls import document, send_one_by_one
from tools.bench.xray_api import Traffic, start_xray_api
from tools.lab.errors import ToolError

HEAD = b"POST /TraceSegments HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"

SINGLE = Sent("a call for each segment", 0, 50, Traffic(50, 30_000, 10_000))
BATCHED = Sent(DAEMON, FAST, 1000, Traffic(20, 12_000, 180_000))


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def test_a_call_s_bytes_are_those_on_the_wire() -> None:
    body = b'{"TraceSegmentDocuments": ["{\\"id\\": \\"aaaa1\\"}"]}'
    with start_xray_api("127.0.0.1") as api:
        host, _, port = api.endpoint.removeprefix("http://").partition(":")
        head = HEAD % len(body)
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + body)
            connection.recv(1000)
        assert api.traffic("aaaa") == Traffic(1, len(head), len(body))


def test_calls_are_counted_for_the_sender_of_their_first_segment() -> None:
    with start_xray_api("127.0.0.1") as api:
        put(api.endpoint, document("aaaa", 1), document("bbbb", 1))
        put(api.endpoint, document("aaaa", 2))
        put(api.endpoint, document("bbbb", 2))
        assert (api.traffic("aaaa").calls, api.traffic("bbbb").calls) == (2, 1)
        api.forget("aaaa")
        assert api.traffic("aaaa") == Traffic()


@pytest.mark.parametrize(("rate", "spans"), [(5, 25), (500, 512), (100_000, 512)])
def test_spans_come_as_many_in_a_request_as_there_are_in_5_s_or_512(rate: int, spans: int) -> None:
    assert spans_at_once(rate) == spans


def test_each_segment_is_a_call_where_there_is_no_daemon() -> None:
    with start_sink() as sink:
        traffic = send_one_by_one(sink, "cafe", 3)
        assert (traffic.calls, sink.count("cafe")) == (3, 3)
    assert traffic.body_bytes > 3 * len(document("cafe", 0))
    # A signature, a date and a name of the SDK at least.
    assert traffic.header_bytes > 3 * 300


def test_the_rows_are_for_1000_segments_and_beside_a_call_for_each() -> None:
    calls, size = rows_of(BATCHED, SINGLE)
    assert (calls.figure, calls.goal, calls.holds) == ("20", "≤ 50", True)
    assert (size.figure, size.holds) == ("0.24 ×", True)


def test_what_is_sent_one_by_one_misses_the_goals_of_both_rates() -> None:
    for rate in (FAST, SLOW):
        one_by_one = Sent(DAEMON, rate, 1000, Traffic(1000, 700_000, 200_000))
        assert [each.holds for each in rows_of(one_by_one, SINGLE)] == [False, False]


def test_what_lost_everything_holds_no_goal() -> None:
    lost = replace(BATCHED, segments=0, traffic=Traffic())
    assert [each.holds for each in rows_of(lost, SINGLE)] == [False, False]


def test_the_collector_is_beside_the_daemon_where_both_were_measured() -> None:
    collector = replace(BATCHED, program=COLLECTOR, traffic=Traffic(20, 12_000, 372_000))
    size, rate = beside_daemon([BATCHED, collector], {DAEMON: 30_000, COLLECTOR: 15_000})
    assert (size.figure, rate.figure) == ("2.00 ×", "0.50 ×")
    assert beside_daemon([BATCHED], {DAEMON: 30_000}) == []


def test_a_rate_that_is_not_the_program_s_is_not_stated() -> None:
    highest = {DAEMON: None, COLLECTOR: 0}
    (rate,) = beside_daemon([], highest)
    assert rate.figure == "not stated"
    said = conditions_of(["1.0"], SINGLE, {FAST: 2}, highest)
    assert f"{DAEMON}: not stated, as sender or sink allow no more" in said
    assert f"{COLLECTOR}: fewer than were tried" in said


@pytest.mark.usefixtures("no_programs")
def test_without_programs_their_rows_say_that_they_are_left_out() -> None:
    found = measure_calls(Conditions(short=True))
    single, *others = found.rows
    assert float(single.figure.split()[0]) > 2
    assert [each.figure for each in others] == [
        "left out: no --daemon is given",
        "left out: no --collector is given",
    ]
    assert {each.holds for each in found.rows} == {None}
    assert "stand-in" not in found.conditions


def test_a_program_that_is_given_and_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"^--daemon is '.*'; it must be the X-Ray daemon"):
        measure_calls(Conditions(short=True, daemon=tmp_path / "none"))


def test_one_by_one_is_stated_as_what_it_adds_to_the_segments() -> None:
    sizes = single_row(Sent("", 0, 10, Traffic(10, 10 * len(document("0000", 0)), 0)))
    assert sizes.figure == "1.0 ×"
