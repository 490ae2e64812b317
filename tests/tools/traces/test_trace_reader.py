import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import ANY, Stubber
from moto import mock_aws

from tests.tools.traces.documents_for_tests import T0, segment, texts, two_services
from tools.traces.reader import UnknownTraceError, create_client, read_trace, read_traces
from tools.traces.service_graph import build_service_graph

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

END = datetime(2024, 5, 24, 12, 0, tzinfo=UTC)
START = END - timedelta(minutes=4)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture
def client() -> "XRayClient":
    return create_client("eu-west-1")


@pytest.fixture
def stubber(client: "XRayClient") -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def listed(*trace_ids: str) -> dict[str, Any]:
    return {"TraceSummaries": [{"Id": trace_id} for trace_id in trace_ids]}


def returned(**documents: list[str]) -> dict[str, Any]:
    return {
        "Traces": [
            {"Id": trace_id, "Segments": [{"Document": text} for text in sent]}
            for trace_id, sent in documents.items()
        ]
    }


@mock_aws
def test_what_was_put_is_read_back(client: "XRayClient") -> None:
    now = time.time()
    for number in range(12):
        trace_id = f"1-{int(now):08x}-{number:024x}"
        client.put_trace_segments(
            TraceSegmentDocuments=texts(*two_services(trace_id, now - T0 - number))
        )
    end = datetime.now(UTC)
    traces = read_traces(client, end - timedelta(minutes=5), end)
    assert len(traces) == 12
    assert traces == sorted(traces, key=lambda trace: -trace.start_time)
    graph = build_service_graph(traces)
    assert [node.name for node in graph.nodes] == ["client", "service-a", "service-b"]
    assert graph.edge("service-a", "service-b").statistics.request_count == 12
    assert graph.unprocessed_trace_count == 0


@mock_aws
def test_an_unfinished_trace_can_be_read_by_its_id(client: "XRayClient") -> None:
    document = segment("app", end=None)
    client.put_trace_segments(TraceSegmentDocuments=texts(document))
    trace = read_trace(client, document["trace_id"])
    assert trace.id == document["trace_id"]
    assert trace.in_progress


@mock_aws
def test_an_unknown_trace_is_an_error(client: "XRayClient") -> None:
    with pytest.raises(UnknownTraceError, match="1-0-0"):
        read_trace(client, "1-0-0")


def test_lists_and_traces_are_read_page_by_page(client: "XRayClient", stubber: Stubber) -> None:
    first, second = texts(segment("a"), segment("b"))
    stubber.add_response("get_trace_summaries", listed("one") | {"NextToken": "more"})
    stubber.add_response(
        "get_trace_summaries",
        listed("one"),
        {"StartTime": ANY, "EndTime": ANY, "NextToken": "more"},
    )
    stubber.add_response("batch_get_traces", returned(one=[first]) | {"NextToken": "rest"})
    stubber.add_response(
        "batch_get_traces", returned(one=[second]), {"TraceIds": ["one"], "NextToken": "rest"}
    )
    [trace] = read_traces(client, START, END)
    assert sorted(item.name for item in trace.segments) == ["a", "b"]


def test_a_trace_that_is_not_returned_is_asked_for_again_and_then_reported(
    client: "XRayClient", stubber: Stubber
) -> None:
    [document] = texts(segment("a"))
    stubber.add_response("get_trace_summaries", listed("3", "2", "1"))
    stubber.add_response(
        "batch_get_traces",
        returned(**{"3": [document]}) | {"UnprocessedTraceIds": ["2", "1"]},
        {"TraceIds": ["1", "2", "3"]},
    )
    stubber.add_response("batch_get_traces", returned(), {"TraceIds": ["1"]})
    stubber.add_response("batch_get_traces", returned(**{"2": [document]}), {"TraceIds": ["2"]})
    traces = read_traces(client, START, END)
    assert {trace.id: trace.unprocessed for trace in traces} == {
        "3": False,
        "2": False,
        "1": True,
    }
    assert build_service_graph(traces).unprocessed_trace_count == 1


def test_ids_that_are_missing_are_passed_over(client: "XRayClient", stubber: Stubber) -> None:
    stubber.add_response("get_trace_summaries", {"TraceSummaries": [{"Duration": 1.0}]})
    assert read_traces(client, START, END) == []


def test_documents_may_be_empty(client: "XRayClient", stubber: Stubber) -> None:
    stubber.add_response("get_trace_summaries", listed("one"))
    stubber.add_response("batch_get_traces", returned(one=[json.dumps(None)]))
    [trace] = read_traces(client, START, END)
    assert len(trace.unreadable_documents) == 1
