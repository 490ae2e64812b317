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

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

TRACES_PER_RETRIEVAL: Final = 100
"""All that StartTraceRetrieval takes."""

ANSWER_SECONDS: Final = 120
"""How long a retrieval may take; X-Ray itself gives up after 60 minutes."""


def reads_span_log(client: "XRayClient") -> bool:
    """Returns whether traces go to the span log group, if the credentials allow to ask."""
    try:
        return client.get_trace_segment_destination().get("Destination") == "CloudWatchLogs"
    except ClientError:
        return False


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
        if status != "COMPLETE":
            raise ToolError(
                f"X-Ray didn't retrieve traces from the span log group: it is {status}."
            )
        yield from page.get("Traces", ())
        following = page.get("NextToken")
        if not following or following == asked.get("NextToken"):
            return
        asked["NextToken"] = following


def _plain(trace_id: str) -> str:
    return trace_id.removeprefix("1-").replace("-", "").lower()
