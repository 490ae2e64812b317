"""Reads traces where Transaction Search is on: X-Ray indexes few, the span log group has all.

The names are of the X-Ray and the CloudWatch Logs API references.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
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
"""All that a query returns (StartQuery)."""

ANSWER_SECONDS: Final = 120
"""How long an answer may take; X-Ray itself gives a retrieval 60 minutes."""


def reads_span_log(client: "XRayClient") -> bool:
    """Returns whether traces go to the span log group, as far as the credentials let see."""
    try:
        return client.get_trace_segment_destination().get("Destination") == "CloudWatchLogs"
    except ClientError:
        return False


def add_logged(
    client: "XRayClient", logs: Any, traces: Sequence[Trace], start: datetime, end: datetime
) -> tuple[list[Trace], str]:
    """Returns traces with those that only the span log group has, and a sentence about them.

    Raises:
        ToolError: The span log group can't be read, or not as a whole.
    """
    known = {_plain(trace.id) for trace in traces}
    ids = [each for each in _logged_ids(logs, start, end) if _plain(each) not in known]
    texts = retrieve_documents(client, ids, datetime.now(UTC) - start)
    added = [
        assemble_trace(each, texts[each]) if each in texts else Trace(id=each, unprocessed=True)
        for each in ids
    ]
    return sorted([*traces, *added], key=newness), (
        f"Transaction Search is on: {len(traces):,} traces are indexed, {len(added):,} more are in "
        "the span log group."
    )


def retrieve_documents(
    client: "XRayClient", trace_ids: Sequence[str], back: timedelta
) -> dict[str, list[str]]:
    """Returns the segment documents of those traces that the span log group has since a while.

    Raises:
        ToolError: It can't be read.
    """
    ids = {_plain(trace_id): trace_id for trace_id in trace_ids}
    documents: defaultdict[str, list[str]] = defaultdict(list)
    end = datetime.now(UTC)
    for first in range(0, len(trace_ids), TRACES_PER_RETRIEVAL):
        batch = trace_ids[first : first + TRACES_PER_RETRIEVAL]
        begun = client.start_trace_retrieval(TraceIds=batch, StartTime=end - back, EndTime=end)
        asked: dict[str, Any] = {"TraceFormat": "XRAY"}
        asked["RetrievalToken"] = begun.get("RetrievalToken")
        while True:
            page = _awaited("RetrievalStatus", client.list_retrieved_traces, asked)
            for trace in page.get("Traces", ()):
                texts = [span["Document"] for span in trace.get("Spans", ())]
                documents[ids[_plain(trace["Id"])]] += texts
            following = page.get("NextToken")
            if not following:
                break
            if following == asked.get("NextToken"):
                raise ToolError("The span log group can't be read: its pages never end.")
            asked["NextToken"] = following
    return documents


def _logged_ids(logs: Any, start: datetime, end: datetime) -> list[str]:
    """Returns the ids of the traces between two times; spans have those of W3C (user guide)."""
    query = logs.start_query(
        logGroupName="aws/spans",
        startTime=int(start.timestamp()),
        endTime=int(end.timestamp()) + 1,
        queryString="stats count(*) by traceId",
        limit=LONGEST_QUERY,
    )
    answer = _awaited("status", logs.get_query_results, {"queryId": query["queryId"]})
    if len(answer["results"]) >= LONGEST_QUERY:
        raise ToolError(
            f"The span log group has {LONGEST_QUERY:,} traces or more: fewer --minutes."
        )
    cells = [cell for row in answer["results"] for cell in row if cell["field"] == "traceId"]
    ids = [_plain(cell["value"]) for cell in cells]
    return [f"1-{trace_id[:8]}-{trace_id[8:]}" for trace_id in ids]


def _awaited(status: str, ask: Callable[..., Any], asked: dict[str, Any]) -> Any:
    """Returns an answer, once it is complete."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while (answer := ask(**asked))[status].upper() in ("SCHEDULED", "RUNNING"):
        if time.monotonic() > deadline:
            break
        time.sleep(1)
    if answer[status].upper() != "COMPLETE":
        raise ToolError(f"The span log group can't be read: the answer is {answer[status]}.")
    return answer


def _plain(trace_id: str) -> str:
    return trace_id.removeprefix("1-").replace("-", "").lower()
