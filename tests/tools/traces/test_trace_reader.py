import functools
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.tools.traces.documents_for_tests import segment, texts
from tools.lab.errors import ToolError
from tools.traces.reader import (
    LONGEST_WINDOW,
    OVERLAP,
    IncompleteReadingError,
    NotXRayError,
    create_client,
    read_trace,
    read_traces,
    windows_between,
)
from tools.traces.service_graph import build_service_graph

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

END = datetime(2024, 5, 24, 12, 0, tzinfo=UTC)
START = END - timedelta(minutes=4)

Fields: TypeAlias = dict[str, Any]


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@functools.cache
def shared_client() -> "XRayClient":
    return create_client("eu-west-1")


def client_of(answer: Callable[[str, Fields], Fields]) -> "XRayClient":
    """Returns a client of an API that answers to an operation with its arguments."""
    client = shared_client()  # Making one takes most of a second.
    setattr(client, "_make_api_call", answer)  # noqa: B010 (it is private to botocore)
    return client


def listing(trace_ids: list[str], token: str | None = None) -> Fields:
    summaries = [{"Id": trace_id} for trace_id in trace_ids]
    return {"TraceSummaries": summaries} | ({"NextToken": token} if token else {})


def returned(*trace_ids: str) -> Fields:
    documents = {trace_id: texts(segment("app", int(trace_id)))[0] for trace_id in trace_ids}
    return {
        "Traces": [{"Id": id_, "Segments": [{"Document": documents[id_]}]} for id_ in documents]
    }


@mock_aws
def test_an_unfinished_trace_is_read_back() -> None:
    client = create_client("eu-west-1")
    document: Fields = segment("app", end=None) | {"start_time": time.time()}
    client.put_trace_segments(TraceSegmentDocuments=texts(document))
    trace = read_trace(client, document["trace_id"])
    assert (trace.id, trace.in_progress) == (document["trace_id"], True)
    with pytest.raises(ToolError, match="1-0-0"):
        read_trace(client, "1-0-0")


def test_pages_are_followed_and_ids_are_read_once_in_fives() -> None:
    told: list[tuple[int, int]] = []
    batches: list[list[str]] = []

    def answer(operation: str, arguments: Fields) -> Fields:
        if operation == "GetTraceSummaries":
            more = "NextToken" not in arguments
            return listing([f"{number}" for number in range(12)], "more" if more else None)
        if "NextToken" in arguments:
            return returned(arguments["TraceIds"][-1])
        batches.append(arguments["TraceIds"])
        return returned(*arguments["TraceIds"][:-1]) | {"NextToken": "rest"}

    traces = read_traces(client_of(answer), START, END, lambda *told_: told.append(told_))
    assert sorted(map(len, batches)) == [2, 5, 5]
    assert [trace.id for trace in traces] == [f"{number}" for number in reversed(range(12))]
    assert told == sorted(told)
    assert told[-1] == (12, 12)


def test_a_trace_that_is_not_returned_is_asked_for_again() -> None:
    asked: list[list[str]] = []

    def answer(operation: str, arguments: Fields) -> Fields:
        if operation == "GetTraceSummaries":
            return listing(["1", "2", "3"])
        asked.append(arguments["TraceIds"])
        found, *lost = arguments["TraceIds"]
        nameless = [{"Segments": []}, {"Segments": [{"Document": "<html>"}]}]
        return {"Traces": returned(found)["Traces"] + nameless, "UnprocessedTraceIds": lost}

    traces = read_traces(client_of(answer), START, END)
    assert asked == [["1", "2", "3"], ["2", "3"]]
    assert {trace.id for trace in traces if trace.unprocessed} == {"3"}
    assert build_service_graph(traces).problems == {"traces not returned by X-Ray": 1}


def test_the_failure_itself_is_raised_where_nothing_was_read() -> None:
    for tokens in (itertools.cycle("a"), itertools.cycle("abc")):
        with pytest.raises(NotXRayError, match="no end"):
            read_traces(client_of(lambda *_, of=tokens: listing([], next(of))), START, END)


@pytest.mark.parametrize("oldest_first", [False, True])
def test_what_is_newest_was_read_when_reading_ends_early(oldest_first: bool) -> None:
    # Random ids, as OpenTelemetry makes them.
    begun = {
        f"1-{number * 7919 % 256:02x}": START + timedelta(seconds=number) for number in range(200)
    }
    ids = sorted(begun, key=begun.__getitem__, reverse=not oldest_first)
    calls = itertools.count()

    def answer(operation: str, arguments: Fields) -> Fields:
        if operation == "GetTraceSummaries":
            page = int(arguments.get("NextToken", 0))
            found = [{"Id": each, "StartTime": begun[each]} for each in ids[page : page + 50]]
            return {"TraceSummaries": found} | ({"NextToken": str(page + 50)} if page < 150 else {})
        if next(calls) >= 20:
            error = {"Error": {"Code": "ExpiredTokenException", "Message": "no"}}
            raise ClientError(error, operation)  # pyright: ignore[reportArgumentType]
        return {"Traces": [], "UnprocessedTraceIds": arguments["TraceIds"]}

    with pytest.raises(IncompleteReadingError) as error:
        read_traces(client_of(answer), START, END)
    read = [trace.start_time for trace in error.value.traces]
    newest = sorted((each.timestamp() for each in begun.values()), reverse=True)
    # Each batch is two calls, and eight are under way at a time.
    assert read
    assert set(read) <= set(newest[: 20 // 2 * 5 + 8 * 5])


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"", b"[]", b"\xff", b'{"a": 1}'])
def test_a_login_page_with_status_200_is_an_error(body: bytes) -> None:
    response = AWSResponse("https://xray", 200, HTTPHeaders(), None)
    setattr(response, "_content", body)  # noqa: B010 (it is private to botocore)
    client = create_client("eu-west-1")
    cast(Any, client.meta.events).register("before-send.xray", lambda **_: response)
    with pytest.raises(NotXRayError, match="a proxy may answer instead"):
        read_traces(client, START, END)


@pytest.mark.parametrize("operation", ["GetTraceSummaries", "BatchGetTraces"])
@pytest.mark.parametrize(
    "answered",
    [
        *({}, {"message": "<html>"}, {"TraceSummaries": [None]}, []),
        {"TraceSummaries": [{"Id": 5}], "Traces": [{"Id": 5, "Segments": []}]},
        {"TraceSummaries": [{"Id": {}}], "Traces": [{"Segments": [{"Document": {}}]}]},
        {"TraceSummaries": [{"Id": []}], "Traces": [{"Id": "1", "Segments": 5}]},
    ],
)
def test_what_is_no_answer_of_x_ray_is_an_error(operation: str, answered: Any) -> None:
    client = client_of(lambda asked, _: answered if asked == operation else listing(["1"]))
    with pytest.raises(NotXRayError, match="as X-Ray does"):
        read_traces(client, START, END)


@pytest.mark.parametrize(("failing", "read"), [("GetTraceSummaries", 10), ("BatchGetTraces", 5)])
def test_what_was_read_is_kept_when_a_call_fails_for_good(failing: str, read: int) -> None:
    def answer(operation: str, arguments: Fields) -> Fields:
        second = arguments.get("EndTime", END) < END or "5" in arguments.get("TraceIds", [])
        if second and operation == failing:
            error = {"Error": {"Code": "ExpiredTokenException", "Message": "no"}}
            raise ClientError(error, operation)  # pyright: ignore[reportArgumentType]
        listed = listing([] if second else list("0123456789"))
        return listed if operation == "GetTraceSummaries" else returned(*arguments["TraceIds"])

    with pytest.raises(IncompleteReadingError, match=f"{read} of 10 traces") as error:
        read_traces(client_of(answer), START - LONGEST_WINDOW, END)
    assert {trace.id for trace in error.value.traces} == set("0123456789"[:read])
    assert isinstance(error.value.__cause__, ClientError)


@pytest.mark.parametrize("hours", [0.1, 6, 30 * 24])
def test_windows_are_as_short_as_x_ray_takes_and_without_gaps(hours: float) -> None:
    start = END - timedelta(hours=hours)
    windows = list(windows_between(start, END))
    assert windows[0][1] == END
    assert windows[-1][0] == start
    assert all(first < last <= first + LONGEST_WINDOW for first, last in windows)
    for newer, older in itertools.pairwise(windows):
        assert older[1] - newer[0] == OVERLAP
