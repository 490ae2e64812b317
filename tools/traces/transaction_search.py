"""Reads traces where Transaction Search is on: X-Ray indexes few, the span log group has all.

The names are of the X-Ray and the CloudWatch Logs API reference.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.lab.errors import ToolError

from .trace import Trace, assemble_trace, newness

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

TRACES_PER_RETRIEVAL: Final = 100
"""All that StartTraceRetrieval takes."""

LONGEST_QUERY: Final = 10_000
"""All that a query of CloudWatch Logs Insights returns (StartQuery)."""

ANSWER_SECONDS: Final = 120
"""How long a retrieval may take; X-Ray itself gives up after 60 minutes."""


def reads_span_log(client: "XRayClient") -> bool:
    """Returns whether traces go to the span log group, if the credentials allow to ask."""
    try:
        return client.get_trace_segment_destination().get("Destination") == "CloudWatchLogs"
    except ClientError:
        return False


def add_logged(
    client: "XRayClient", logs: Any, traces: Sequence[Trace], start: datetime, end: datetime
) -> tuple[list[Trace], str]:
    """Returns traces with those that only the span log group has, and a sentence about them.

    Raises:
        ToolError: The span log group can't be read.
    """
    known = {_plain(trace.id) for trace in traces}
    missing = [each for each in logged_ids(logs, start, end) if _plain(each) not in known]
    texts = retrieve_documents(client, missing, datetime.now(UTC) - start)
    added = [
        assemble_trace(each, texts[each]) if each in texts else Trace(id=each, unprocessed=True)
        for each in missing
    ]
    return sorted([*traces, *added], key=newness), (
        f"Transaction Search is on: {len(traces):,} traces are indexed, {len(added):,} more are in "
        "the span log group."
    )


def logged_ids(logs: Any, start: datetime, end: datetime) -> list[str]:
    """Returns the ids of traces that the span log group has between two times, in X-Ray's form.

    Raises:
        ToolError: The query failed, took too long, or found more than it can return.
    """
    query = logs.start_query(
        logGroupName="aws/spans",
        startTime=int(start.timestamp()),
        endTime=int(end.timestamp()) + 1,
        queryString="stats count(*) by traceId",
        limit=LONGEST_QUERY,
    )
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        answer = logs.get_query_results(queryId=query["queryId"])
        if answer["status"] not in ("Scheduled", "Running") or time.monotonic() > deadline:
            break
        time.sleep(1)
    rows = [{each["field"]: each["value"] for each in row} for row in answer["results"]]
    if answer["status"] != "Complete" or len(rows) >= LONGEST_QUERY:
        raise ToolError(
            f"The span log group can't be searched ({answer['status']}, {len(rows):,} traces "
            "found): fewer --minutes may help."
        )
    ids = [_plain(row["traceId"]) for row in rows if row.get("traceId")]
    return [f"1-{trace_id[:8]}-{trace_id[8:]}" for trace_id in ids]


def retrieve_documents(
    client: "XRayClient", trace_ids: Sequence[str], back: timedelta
) -> dict[str, list[str]]:
    """Returns the segment documents of those traces that the span log group has.

    Args:
        client: Reads X-Ray.
        trace_ids: The traces, in X-Ray's form or in W3C's.
        back: How long ago they may have been sent.

    Raises:
        ToolError: The retrieval failed, or took too long.
    """
    asked = {_plain(trace_id): trace_id for trace_id in trace_ids}
    documents: defaultdict[str, list[str]] = defaultdict(list)
    end = datetime.now(UTC)
    for first in range(0, len(trace_ids), TRACES_PER_RETRIEVAL):
        batch = trace_ids[first : first + TRACES_PER_RETRIEVAL]
        started = client.start_trace_retrieval(TraceIds=batch, StartTime=end - back, EndTime=end)
        for trace in _retrieved(client, started.get("RetrievalToken", "")):
            texts = documents[asked[_plain(trace["Id"])]]
            texts += [span["Document"] for span in trace.get("Spans", ())]
    return documents


def _retrieved(client: "XRayClient", token: str) -> Iterable[Mapping[str, Any]]:
    """Yields what was retrieved, once it is there."""
    deadline = time.monotonic() + ANSWER_SECONDS
    asked: dict[str, Any] = {"RetrievalToken": token, "TraceFormat": "XRAY"}
    while True:
        page = client.list_retrieved_traces(**asked)
        status = page.get("RetrievalStatus")
        if status in ("SCHEDULED", "RUNNING") and time.monotonic() < deadline:
            time.sleep(1)
            continue
        following = page.get("NextToken")
        if status != "COMPLETE" or (following and following == asked.get("NextToken")):
            raise ToolError(f"X-Ray didn't retrieve traces from the span log group ({status}).")
        yield from page.get("Traces", ())
        if not following:
            return
        asked["NextToken"] = following


def _plain(trace_id: str) -> str:
    return trace_id.removeprefix("1-").replace("-", "").lower()
