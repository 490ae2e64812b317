"""What is read where Transaction Search is on; each call and answer is checked by AWS's model."""

from collections.abc import Iterator
from types import SimpleNamespace as Place
from typing import Any, Final

import pytest
from botocore.stub import ANY, Stubber

from tests.tools.traces.documents_for_tests import segment, texts
from tools.lab.errors import ToolError
from tools.traces.reader import create_client, read_found, read_trace
from tools.traces.transaction_search import retrieve_documents, transaction_search

IDS: Final = [f"1-66500000-{number:024x}" for number in range(150)]
DOCUMENT: Final = texts(segment("app"))[0]
DESTINATION: Final = "get_trace_segment_destination"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr("tools.traces.transaction_search.time.sleep", lambda _seconds: None)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with Stubber(create_client("eu-west-1")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def turned_on(stub: Any) -> None:
    value = {"Probabilistic": {"DesiredSamplingPercentage": 2.5}}
    stub.add_response(DESTINATION, {"Destination": "CloudWatchLogs", "Status": "ACTIVE"})
    stub.add_response("get_indexing_rules", {"IndexingRules": [{"Name": "Default", "Rule": value}]})


def unindexed(stub: Any, *trace_ids: str) -> None:
    stub.add_response("batch_get_traces", {"Traces": []}, {"TraceIds": [*trace_ids]})


def retrieval(stub: Any, trace_ids: list[Any]) -> None:
    asked = {"TraceIds": trace_ids, "StartTime": ANY, "EndTime": ANY}
    stub.add_response("start_trace_retrieval", {"RetrievalToken": "token"}, asked)


def retrieved(
    stub: Any, *trace_ids: str, status: str = "COMPLETE", token: str | None = None, **more: Any
) -> None:
    spans = [{"Id": "1", "Document": DOCUMENT}]
    w3c = [trace_id.removeprefix("1-").replace("-", "") for trace_id in trace_ids]
    found = [{"Id": trace_id, "Spans": spans} for trace_id in w3c]
    answer = {"RetrievalStatus": status, "Traces": found, **more}
    asked = {"RetrievalToken": "token", "TraceFormat": "XRAY"}
    asked |= {"NextToken": token} if token else {}
    stub.add_response("list_retrieved_traces", answer, asked)


def test_whether_it_is_on_and_the_share_that_is_indexed_are_told(stub: Any) -> None:
    turned_on(stub)
    stub.add_response(DESTINATION, {"Destination": "XRay"})
    stub.add_client_error(DESTINATION, "404")
    stub.add_client_error(DESTINATION, "AccessDeniedException")
    on, off, unknown, denied = (transaction_search(stub.client) for _ in range(4))
    assert (on[0], off, unknown, denied[0]) == (True, (False, ""), (False, ""), False)
    assert "X-Ray indexes 2.5% of the traces" in on[1]
    assert "Transaction Search may be on: An error occurred (AccessDeniedException)" in denied[1]


@pytest.mark.parametrize("answer", [[], {}, None, {"IndexingRules": []}, {"IndexingRules": [{}]}])
def test_what_is_no_answer_to_whether_it_is_on_is_told(answer: Any) -> None:
    on = {"Destination": "CloudWatchLogs"}
    asked: Any = Place(get_trace_segment_destination=lambda: on, get_indexing_rules=lambda: answer)
    assert "an unknown share" in transaction_search(asked)[1]
    other: Any = Place(get_trace_segment_destination=lambda: [])
    assert "may be on" in transaction_search(other)[1]
    begun = {"RetrievalToken": "a"}
    wrong = {"RetrievalStatus": "COMPLETE", "Traces": [{"Id": "a", "Spans": [{}]}]}
    span_log: Any = Place(
        start_trace_retrieval=lambda **_: begun, list_retrieved_traces=lambda **_: answer or wrong
    )
    with pytest.raises(ToolError, match="the answer isn't X-Ray's"):
        retrieve_documents(span_log, IDS[:1], 60)


def test_the_share_that_may_not_be_read_is_told(stub: Any) -> None:
    stub.add_response(DESTINATION, {"Destination": "CloudWatchLogs"})
    stub.add_client_error("get_indexing_rules", "AccessDeniedException")
    on, note = transaction_search(stub.client)
    assert (on, "an unknown share (An error occurred (AccessDenied" in note) == (True, True)


def test_ids_in_other_case_are_the_same(stub: Any) -> None:
    retrieval(stub, ["1-66500000-ABCDEF0123456789ABCDEF01"])
    retrieved(stub, "1-66500000-abcdef0123456789abcdef01")
    upper = "1-66500000-ABCDEF0123456789ABCDEF01"
    assert retrieve_documents(stub.client, [upper], 60) == {upper: [DOCUMENT]}


def test_a_retrieval_is_awaited_and_its_pages_are_followed(stub: Any) -> None:
    retrieval(stub, IDS[:100])
    retrieved(stub, status="SCHEDULED")
    retrieved(stub, status="RUNNING")
    retrieved(stub, *IDS[:60], NextToken="more")
    retrieved(stub, *IDS[60:100], token="more")
    retrieval(stub, IDS[100:])
    retrieved(stub, *IDS[100:140])
    assert retrieve_documents(stub.client, IDS, 60) == {each: [DOCUMENT] for each in IDS[:140]}


@pytest.mark.parametrize(
    ("status", "answers", "more"),
    [
        ("FAILED", 1, {}),
        ("TIMEOUT", 1, {}),
        ("CANCELLED", 1, {}),
        ("RUNNING", 120, {}),
        ("COMPLETE", 120, {"NextToken": "the same"}),
    ],
)
def test_a_retrieval_that_does_not_end_well_is_told(
    status: str, answers: int, more: Any, stub: Any
) -> None:
    retrieval(stub, IDS[:1])
    for number in range(answers):
        retrieved(stub, status=status, token=more.get("NextToken") if number else None, **more)
    with pytest.raises(ToolError, match=rf"^The span log group can't be read: .*{status}\.$"):
        retrieve_documents(stub.client, IDS[:1], 60)


def test_a_trace_that_is_not_indexed_is_found(stub: Any) -> None:
    unindexed(stub, *IDS[:2])
    retrieval(stub, [ANY, ANY])
    retrieved(stub, IDS[1])
    assert [trace.id for trace in read_found(stub.client, IDS[:2], 120)] == [IDS[1]]
    unindexed(stub, *IDS[:2])
    assert read_found(stub.client, IDS[:2]) == []


@pytest.mark.parametrize("found", [True, False])
def test_one_trace_that_is_not_indexed_is_read(found: bool, stub: Any) -> None:
    turned_on(stub)
    unindexed(stub, IDS[0])
    retrieval(stub, IDS[:1])
    retrieved(stub, *IDS[:found])
    if found:
        assert read_trace(stub.client, IDS[0]).segments[0].name == "app"
    else:
        with pytest.raises(ToolError, match=rf"no trace {IDS[0]}\. Transaction Search is on"):
            read_trace(stub.client, IDS[0])
