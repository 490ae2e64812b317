import json
from typing import Any

import pytest

from tests.tools.traces.documents_for_tests import (
    LOST,
    T0,
    TRACE_ID,
    record,
    remote,
    segment,
    texts,
    trace_of,
)
from tools.traces.details import build_timeline, list_exceptions
from tools.traces.records import Status
from tools.traces.trace import assemble_trace


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


def test_segments_stand_in_the_order_of_their_starts() -> None:
    documents = segment("late", 0.5), segment("early"), segment("last", 0.9)
    assert names_in(*documents) == ["early", "late", "last"]


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
        '{"id": "1", "name": "milliseconds", "start_time": 1764300000000.0}',
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
        assert json.loads(trace.documents[first["id"]])["user"] == "me"


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
        ({"error": True}, Status.ERROR),
        ({"error": True, "throttle": "true"}, Status.THROTTLE),
        ({"error": True, "fault": True}, Status.FAULT),
        ({"http": {"response": {"status": 404}}}, Status.ERROR),
        ({"http": {"response": {"status": "429"}}}, Status.THROTTLE),
        ({"http": {"response": {"status": 500}}}, Status.FAULT),
        ({"http": {"response": {"status": 500}}, "fault": False}, Status.OK),
    ],
)
def test_a_status_is_the_most_severe_flag(fields: dict[str, Any], status: Status) -> None:
    assert trace_of(segment("app", **fields)).status is status


def test_a_cause_recorded_elsewhere_is_found() -> None:
    raised = {"id": "e1", "type": "KeyError", "stack": [{"line": 3}], "truncated": 12}
    call = remote("call", cause={"exceptions": [raised | {"message": "'x'"}]})
    trace = trace_of(segment("app", cause="e1", subsegments=[call]), segment("b", 0.1, cause="e2"))
    app, inner, other = (list_exceptions(trace, each) for each in trace.records)
    assert app == [("KeyError: 'x' (in call)", ["at ? (?:3)", "12 more frames"])]
    assert inner == [("KeyError: 'x'", app[0][1])]
    assert other == [("Exception: e2", [])]


def test_a_trace_without_segments_began_at_the_time_in_its_id() -> None:
    assert assemble_trace(TRACE_ID, []).start_time == T0
    assert assemble_trace("nonsense", []).start_time == 0.0
