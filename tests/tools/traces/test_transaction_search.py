"""What is read where Transaction Search is on, from answers as the API references have them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.tools.traces.documents_for_tests import segment, texts
from tools.lab.errors import ToolError
from tools.traces.command import with_logged
from tools.traces.reader import read_found, read_trace
from tools.traces.transaction_search import add_logged, reads_span_log, retrieve_documents

END: Final = datetime.now(UTC)
IDS: Final = [f"1-66500000-{number:024x}" for number in range(150)]


def w3c(trace_id: str) -> str:
    return trace_id.removeprefix("1-").replace("-", "")


class Api:
    """X-Ray and CloudWatch Logs of an account in which Transaction Search is on."""

    def __init__(self, *statuses: str, destination: str = "CloudWatchLogs") -> None:
        self.statuses, self.destination = [*statuses], destination
        self.retrievals: list[list[str]] = []
        self.meta = type("meta", (), {"region_name": "eu-west-1"})

    def get_trace_segment_destination(self) -> dict[str, Any]:
        if self.destination == "denied":
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "a")
        return {"Destination": self.destination, "Status": "ACTIVE"}

    def get_paginator(self, _name: str) -> "Api":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Traces": [], "UnprocessedTraceIds": []}]

    def start_trace_retrieval(self, **asked: Any) -> dict[str, Any]:
        assert asked["StartTime"] < asked["EndTime"]
        self.retrievals.append(asked["TraceIds"])
        return {"RetrievalToken": "token"}

    def list_retrieved_traces(self, **asked: Any) -> dict[str, Any]:
        assert (asked["RetrievalToken"], asked["TraceFormat"]) == ("token", "XRAY")
        if self.statuses:
            return {"RetrievalStatus": self.statuses.pop(0), "Traces": []}
        first = 0 if "NextToken" not in asked else 5
        last = self.retrievals[-1][first : first + 5]
        document = texts(segment("app", 0))[0]
        traces = [{"Id": w3c(each), "Spans": [{"Id": "1", "Document": document}]} for each in last]
        more = {"NextToken": "more"} if first == 0 else {}
        return {"RetrievalStatus": "COMPLETE", "Traces": traces, **more}

    def start_query(self, **asked: Any) -> dict[str, Any]:
        assert (asked["logGroupName"], asked["limit"]) == ("aws/spans", 10_000)
        return {"queryId": "query"}

    def get_query_results(self, queryId: str) -> dict[str, Any]:  # noqa: N803 (AWS's name)
        rows = [[{"field": "traceId", "value": w3c(each)}] for each in IDS[:3]]
        return {"status": self.statuses.pop(0) if self.statuses else "Complete", "results": rows}


def api(*statuses: str, **more: Any) -> Any:
    return Api(*statuses, **more)


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.traces.transaction_search.time.sleep", lambda _seconds: None)


@pytest.mark.parametrize(
    ("destination", "on"), [("CloudWatchLogs", True), ("XRay", False), ("denied", False)]
)
def test_it_is_on_where_segments_go_to_cloudwatch_logs(destination: str, on: bool) -> None:
    assert reads_span_log(api(destination=destination)) is on


def test_a_retrieval_is_awaited_and_its_pages_are_followed() -> None:
    account = api("SCHEDULED", "RUNNING")
    assert list(retrieve_documents(account, IDS[:7], timedelta(hours=1))) == IDS[:7]
    retrieve_documents(account, IDS, timedelta(hours=1))
    assert [len(each) for each in account.retrievals] == [7, 100, 50]


@pytest.mark.parametrize("status", ["FAILED", "TIMEOUT", "CANCELLED"])
def test_a_retrieval_that_fails_is_told(status: str) -> None:
    with pytest.raises(ToolError, match=rf"can't be read: the answer is {status}\.$"):
        retrieve_documents(api(status), IDS[:1], timedelta(hours=1))


def test_pages_that_never_end_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"RetrievalStatus": "COMPLETE", "NextToken": "again"}
    monkeypatch.setattr(Api, "list_retrieved_traces", lambda *_, **__: answer)
    with pytest.raises(ToolError, match="its pages never end"):
        retrieve_documents(api(), IDS[:1], timedelta(hours=1))


def test_a_trace_that_is_not_indexed_is_found() -> None:
    assert [trace.id for trace in read_found(api(), IDS[:2], span_log=True)] == IDS[:2]
    assert read_found(api(), IDS[:2]) == []
    assert read_trace(api(), IDS[0]).id == IDS[0]
    with pytest.raises(ToolError, match=f"^X-Ray has no trace {IDS[0]}.$"):
        read_trace(api(destination="XRay"), IDS[0])


def test_traces_that_are_not_indexed_are_counted() -> None:
    indexed = read_found(api(), IDS[:1], span_log=True)
    traces, note = add_logged(api(), api("Running"), indexed, END - timedelta(minutes=15), END)
    assert {trace.id for trace in traces} == set(IDS[:3])
    assert "1 traces are indexed, 2 more are in the span log group." in note


def test_where_the_others_cannot_be_read_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.traces.command.boto3.client", lambda *_, **__: api("Failed"))
    traces, note = with_logged(api(), [], 15)
    assert traces == []
    assert note.startswith("Transaction Search is on, and all numbers are of the few traces")
    assert "can't be read: the answer is Failed." in note
