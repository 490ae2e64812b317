import json
from typing import Any

import pytest

from tests.tools.traces.documents_for_tests import (
    LOST,
    T0,
    TRACE_ID,
    called,
    record,
    remote,
    segment,
    texts,
    trace_of,
)
from tools.traces.details import build_timeline, list_sections
from tools.traces.formatting import format_time
from tools.traces.records import Status
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import Trace, assemble_trace


def names_in(*documents: dict[str, Any]) -> list[str]:
    """Returns the names of the records, each two spaces further in than the one it is in."""
    rows = build_timeline(trace_of(*documents))
    return [f"{'  ' * row.depth}{row.record.name}" for row in rows]


def alone(name: str, parent_id: str, **fields: Any) -> dict[str, Any]:
    """Makes a subsegment that is sent on its own."""
    return segment(name, type="subsegment", parent_id=parent_id, **fields)


def test_a_complete_document_replaces_an_in_progress_one() -> None:
    started = segment("app", end=None)
    ended = {**started, "end_time": T0 + 2.0, "in_progress": False}
    for trace in (trace_of(ended, started), trace_of(started, ended)):
        assert [item.duration_seconds for item in trace.segments] == [2.0]
        assert not trace.in_progress
        assert trace.duplicate_segment_count == 0


def test_subsegments_sent_alone_go_under_their_parents() -> None:
    handler = record("handler")
    app = segment("app", subsegments=[handler])
    outer = alone("outer", handler["id"])
    inner = alone("inner", outer["id"])
    expected = ["app", "  handler", "    outer", "      inner"]
    assert names_in(app, outer, inner) == names_in(inner, outer, app) == expected


def test_a_complete_subsegment_sent_alone_replaces_the_open_one() -> None:
    opened = record("call", end=None, subsegments=[record("connect")])
    app = segment("app", subsegments=[opened])
    closed = {**opened, "end_time": T0 + 3.0, "in_progress": False, "type": "subsegment"}
    documents = (app, {**closed, "parent_id": app["id"]})
    assert names_in(*documents) == ["app", "  call", "    connect"]
    assert trace_of(*documents).records[1].duration_seconds == 3.0


def test_subsegments_without_their_segment_are_kept() -> None:
    assert [item.name for item in trace_of(alone("call", LOST)).tops] == ["call"]
    circle = alone("first", "2", id="1"), alone("second", "1", id="2"), alone("self", "3", id="3")
    assert sorted(names_in(*circle)) == ["  second", "first", "self"]


def test_a_long_chain_of_subsegments_sent_alone_is_assembled() -> None:
    documents = [segment("app")]
    for _ in range(3000):
        documents.append(alone("step", documents[-1]["id"]))
    assert len(names_in(*documents)) == 3001


@pytest.mark.parametrize(
    "text",
    [
        "{oops",
        "[]",
        '{"id": "1", "name": "no start"}',
        '{"id": "1", "name": "x", "start_time": 1' + 400 * "0" + "}",
        '{"id": "1", "name": "x", "start_time": NaN}',
        "[" * 100_000,
    ],
)
def test_a_malformed_document_is_kept_as_unreadable(text: str) -> None:
    trace = assemble_trace(TRACE_ID, [text, *texts(segment("app"))])
    [(reason, kept)] = trace.unreadable
    assert (kept, reason[-1]) == (text, ".")
    assert [item.name for item in trace.segments] == ["app"]


def test_only_the_subsegment_that_does_not_comply_is_removed() -> None:
    query = remote("query", record("fetch"))
    del query["name"]
    trace = trace_of(segment("app", subsegments=[query, record("kept")]))
    assert [(each.name, trace.parent_of(each)) for each in trace.records[1:]] == [
        ("fetch", trace.records[0]),
        ("kept", trace.records[0]),
    ]
    [(reason, removed)] = trace.unreadable
    assert reason == 'A subsegment of "app" has no valid "name".'
    assert json.loads(removed)["id"] == query["id"]


def test_of_a_segment_sent_twice_the_fuller_one_counts() -> None:
    first = segment("app", subsegments=[record("one")])
    second = first | {"user": "me", "subsegments": [*first["subsegments"], record("two")]}
    for documents in ((first, second), (second, first)):
        trace = trace_of(*documents)
        assert [each.name for each in trace.records] == ["app", "one", "two"]
        assert trace.segments[0].user == "me"
        assert json.loads(trace.documents[trace.segments[0]])["user"] == "me"


def test_fields_of_an_unexpected_type_count_as_absent() -> None:
    wrong: dict[str, Any] = {"http": [], "aws": None, "metadata": "x", "cause": 3}
    wrong |= {"subsegments": {}, "sql": []}
    trace = trace_of(segment("app", **wrong, annotations={"kept": 1}))
    assert (trace.records[0].http, trace.records[0].metadata) == ({}, {})
    assert trace.records[0].annotations == {"kept": 1}


def test_a_missing_end_is_in_progress_and_an_early_one_no_time() -> None:
    document = segment("app")
    del document["end_time"]
    assert trace_of(document).in_progress
    assert trace_of(document).segments[0].duration_seconds is None
    assert trace_of(segment("app", start=2.0, end=1.0)).segments[0].duration_seconds == 0.0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, Status.OK),
        ({"error": True, "throttle": "true"}, Status.THROTTLE),
        ({"error": True, "fault": True}, Status.FAULT),
        ({"http": {"response": {"status": 404}}}, Status.ERROR),
        ({"http": {"response": {"status": "429"}}}, Status.THROTTLE),
        ({"http": {"response": {"status": 500}}, "fault": False}, Status.OK),
    ],
)
def test_a_status_is_the_most_severe_flag(fields: dict[str, Any], status: Status) -> None:
    assert trace_of(segment("app", **fields)).status is status


def test_a_cause_recorded_elsewhere_is_found() -> None:
    raised = {"id": "e1", "type": "KeyError", "stack": [{"line": 3}], "truncated": 12}
    call = remote("call", cause={"exceptions": [raised | {"message": "'x'"}]})
    trace = trace_of(segment("app", cause="e1", subsegments=[call]), segment("b", 0.1, cause="e2"))
    app, inner, other = (list_sections(trace, each)["Exceptions"] for each in trace.records)
    assert app[0] == ("Exception", "KeyError: 'x' (in call)")
    assert app[1:] == inner[1:] == [("", "at ? (?:3)"), ("", "12 more frames")]
    assert other == [("Exception", "Exception: e2")]


def test_the_latest_time_that_is_read_is_in_nanoseconds() -> None:
    [document] = texts(segment("app") | {"start_time": 0, "end_time": 0})
    trace = assemble_trace(TRACE_ID, [document.replace(": 0", ": 99999999999999983616")])
    assert trace.start_time == pytest.approx(1e11)


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e9])
@pytest.mark.parametrize("wrong", [["start_time", "end_time"], ["start_time"], ["end_time"]])
def test_times_in_other_units_are_corrected_and_marked(factor: float, wrong: list[str]) -> None:
    app = segment("app", subsegments=[record("step", 0.2, 0.4)])
    trace = trace_of(app | {name: app[name] * factor for name in wrong}, called("b", app))
    assert (trace.start_time, trace.duration_seconds) == pytest.approx((T0, 1.0), abs=1e-5)
    assert [bool(each.wrong_times) for each in trace.records] == [True, False, False]


@pytest.mark.parametrize(
    ("callee", "wrong"),
    [
        ((-3600.0, -3599.9), ["clock 3,600 s behind"]),
        ((3600.0, 3600.1), ["clock 3,600 s ahead"]),
        ((-1.7e9, -1.7e9 + 0.1), ["clock 1,700,000,000 s behind"]),
        ((0.1, 2e9), ["no end that can be"]),
        # Neither is impossible: clocks differ a little, and work may go on after an answer.
        ((-0.2, 0.1), []),
        ((3600.0, 3660.0), []),
    ],
)
def test_a_clock_that_must_be_wrong_is_marked_and_the_rest_is_right(
    callee: tuple[float, float], wrong: list[str]
) -> None:
    start, end = callee
    call, onward = remote("b", start=0.05, end=0.25), remote("c", start=start, end=start + 0.05)
    app = segment("app", end=0.3, subsegments=[call])
    # What it calls in turn has a clock that is right.
    right = called("c", onward, start=0.12, end=0.13)
    callees = [called("b", call, start=start, end=end, subsegments=[onward]), right]
    trace = trace_of(app, *(callees if wrong else callees[:1]))
    assert [each.wrong_times for each in trace.records if each.wrong_times] == wrong
    assert build_service_graph([trace]).problems.get("segments with wrong times", 0) == len(wrong)
    if wrong:
        assert trace.duration_seconds == pytest.approx(0.3, abs=1e-5)
        assert trace.start_time == T0


@pytest.mark.parametrize("parent", ["segment", "call", None])
def test_a_call_and_its_answer_of_one_id_are_one_request(parent: str | None) -> None:
    inner = record("connect")
    call = remote("back", inner)
    app = segment("front", subsegments=[call])
    ids = {"segment": app["id"], "call": call["id"], None: None}
    own = record("work")
    trace = trace_of(segment("back", id=call["id"], parent_id=ids[parent], subsegments=[own]), app)
    edges = build_service_graph([trace]).edges
    counted = [(each.source.name, each.target.name) for each in edges]
    assert counted == [("client", "front"), ("front", "back")]
    assert {edge.statistics.request_count for edge in edges} == {1}
    rows = [(row.record.name, row.depth) for row in build_timeline(trace)]
    assert sorted(rows) == [("back", 1), ("back", 2), ("connect", 2), ("front", 0), ("work", 3)]


def test_records_of_one_id_that_differ_are_kept_and_repeated_ones_told() -> None:
    one, other = segment("one", id="1"), segment("other", id="1", subsegments=[record("a", id="1")])
    trace = trace_of(one, other, segment("twice", subsegments=[record("s", id="9")] * 2))
    assert sorted(each.name for each in trace.records) == ["a", "one", "other", "s", "twice"]
    assert trace.duplicate_segment_count == 1
    renamed = trace_of(segment("first", id="1", end=None), segment("then", id="1"))
    assert ([each.name for each in renamed.records], renamed.duplicate_segment_count) == (
        ["then"],
        1,
    )


def test_when_a_trace_began_is_not_read_out_of_its_id() -> None:
    listed = Trace(id="1-ee967e4d-111111111111111111111111", listed_start=T0)
    assert (listed.start_time, trace_of().start_time) == (T0, 0.0)
    assert format_time(trace_of().start_time) == "unknown"
