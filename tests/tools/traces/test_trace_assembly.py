import json
from typing import Any

import pytest

from tests.tools.traces.documents_for_tests import T0, TRACE_ID, next_id, record, segment, texts
from tools.traces.details import describe_cause
from tools.traces.records import Status
from tools.traces.trace import assemble_trace


def test_nested_subsegments_are_read_at_every_depth() -> None:
    query = record("orders@db", namespace="remote", sql={"sanitized_query": "SELECT 1"})
    handler = record("handler", subsegments=[record("load", subsegments=[query])])
    trace = assemble_trace(TRACE_ID, texts(segment("app", subsegments=[handler])))
    assert [item.name for item in trace.records] == ["app", "handler", "load", "orders@db"]


@pytest.mark.parametrize("complete_first", [True, False])
def test_a_complete_document_replaces_an_in_progress_one(complete_first: bool) -> None:
    started = segment("app", end=None)
    ended = {**started, "end_time": T0 + 2.0, "in_progress": False}
    documents = [ended, started] if complete_first else [started, ended]
    trace = assemble_trace(TRACE_ID, texts(*documents))
    assert [item.duration_seconds for item in trace.segments] == [2.0]
    assert not trace.in_progress
    assert trace.duplicate_segment_count == 0


def test_a_document_sent_twice_counts_once_and_is_reported() -> None:
    document = segment("app", subsegments=[record("call", namespace="remote")])
    trace = assemble_trace(TRACE_ID, texts(document, document, document))
    assert len(trace.segments) == 1
    assert len(trace.records) == 2
    assert trace.duplicate_segment_count == 2


@pytest.mark.parametrize("reverse", [True, False])
def test_subsegments_sent_alone_go_under_their_parents_in_any_order(reverse: bool) -> None:
    app = segment("app")
    outer = segment("outer", 0.1, type="subsegment", parent_id=app["id"])
    inner = segment("inner", 0.2, type="subsegment", parent_id=outer["id"])
    documents = texts(app, outer, inner)
    trace = assemble_trace(TRACE_ID, reversed(documents) if reverse else documents)
    assert [item.name for item in trace.records] == ["app", "outer", "inner"]
    assert not trace.orphans


def test_a_subsegment_sent_alone_goes_under_an_embedded_one() -> None:
    handler = record("handler")
    alone = segment("call", type="subsegment", parent_id=handler["id"], namespace="remote")
    trace = assemble_trace(TRACE_ID, texts(segment("app", subsegments=[handler]), alone))
    [inner] = trace.subsegments_of(trace.segments[0])
    assert [item.name for item in trace.subsegments_of(inner)] == ["call"]


def test_a_complete_subsegment_sent_alone_replaces_the_open_embedded_one() -> None:
    opened = record("call", end=None, namespace="remote", subsegments=[record("connect")])
    closed = {**opened, "end_time": T0 + 3.0, "in_progress": False, "type": "subsegment"}
    app = segment("app", subsegments=[opened])
    trace = assemble_trace(TRACE_ID, texts(app, {**closed, "parent_id": app["id"]}))
    [call] = trace.subsegments_of(trace.segments[0])
    assert call.duration_seconds == 3.0
    assert [item.name for item in trace.subsegments_of(call)] == ["connect"]


def test_a_subsegment_whose_parent_is_lost_is_an_orphan() -> None:
    alone = segment("call", type="subsegment", parent_id="feedfeedfeedfeed")
    trace = assemble_trace(TRACE_ID, texts(alone))
    assert [item.name for item in trace.orphans] == ["call"]


def test_subsegments_that_hang_on_each_other_are_all_kept() -> None:
    first, second = next_id(), next_id()
    documents = texts(
        segment("first", type="subsegment", parent_id=second) | {"id": first},
        segment("second", type="subsegment", parent_id=first) | {"id": second},
        segment("self", type="subsegment", parent_id="ab" * 8) | {"id": "ab" * 8},
    )
    trace = assemble_trace(TRACE_ID, documents)
    assert sorted(item.name for item in trace.records) == ["first", "second", "self"]


def test_a_long_chain_of_subsegments_sent_alone_is_assembled() -> None:
    documents = [segment("app")]
    for _ in range(3000):
        documents.append(segment("step", type="subsegment", parent_id=documents[-1]["id"]))
    assert len(assemble_trace(TRACE_ID, texts(*documents)).records) == 3001


@pytest.mark.parametrize(
    "text",
    [
        "{oops",
        "[]",
        json.dumps({"id": "1", "name": "no start"}),
        json.dumps({"id": "1", "name": "x", "start_time": T0, "subsegments": [{"name": "y"}]}),
        '{"id": "1", "name": "x", "start_time": 1' + 400 * "0" + "}",
        json.dumps({"id": "1", "name": "text time", "start_time": "now"}),
        '{"id": "1", "name": "x", "start_time": NaN}',
        '{"id": "1", "name": "x", "start_time": true}',
        "[" * 100_000,
    ],
)
def test_a_malformed_document_is_kept_as_unreadable(text: str) -> None:
    trace = assemble_trace(TRACE_ID, [text, *texts(segment("app"))])
    assert [document.text for document in trace.unreadable_documents] == [text]
    assert trace.unreadable_documents[0].reason.endswith(".")
    assert [item.name for item in trace.segments] == ["app"]


def test_fields_of_an_unexpected_type_count_as_absent() -> None:
    document = segment(
        "app", http=[], aws=None, metadata="x", annotations=7, cause=3, subsegments={}, sql=[]
    )
    trace = assemble_trace(TRACE_ID, texts(document))
    assert trace.segments[0].http == {}
    assert len(trace.records) == 1


def test_unknown_fields_stay_in_the_raw_document() -> None:
    trace = assemble_trace(TRACE_ID, texts(segment("app", colour="blue")))
    assert json.loads(trace.documents[trace.segments[0].id])["colour"] == "blue"


def test_a_missing_end_time_means_in_progress() -> None:
    document = segment("app")
    del document["end_time"]
    trace = assemble_trace(TRACE_ID, texts(document))
    assert trace.in_progress
    assert trace.segments[0].duration_seconds is None


def test_an_end_before_the_start_takes_no_time() -> None:
    trace = assemble_trace(TRACE_ID, texts(segment("app", start=2.0, end=1.0)))
    assert trace.segments[0].duration_seconds == 0.0


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
    [item] = assemble_trace(TRACE_ID, texts(segment("app", **fields))).segments
    assert item.status is status


def test_exceptions_are_read_with_their_stack() -> None:
    exception = {
        "id": "e1",
        "type": "KeyError",
        "message": "'x'",
        "stack": [{"path": "app.py", "line": 3, "label": "main"}],
    }
    call = record("call", namespace="remote", fault=True, cause={"exceptions": [exception]})
    app = segment("app", fault=True, cause="e1", subsegments=[call])
    trace = assemble_trace(TRACE_ID, texts(app))
    [found] = trace.records[1].exceptions
    assert found.stack[0].line == 3
    assert describe_cause(trace, trace.segments[0]) == "KeyError: 'x' (in call)"


def test_a_trace_without_segments_began_at_the_time_in_its_id() -> None:
    assert assemble_trace(TRACE_ID, []).start_time == T0
    assert assemble_trace("nonsense", []).start_time == 0.0
