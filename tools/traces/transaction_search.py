"""Where Transaction Search is on, X-Ray indexes few traces, and the span log group has all.

Names and limits are of the X-Ray API reference.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.lab.errors import ToolError

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

TRACES_PER_RETRIEVAL: Final = 100

NO_ANSWER: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What comes of an answer that isn't X-Ray's, which botocore takes for one."""

ANSWERS: Final = 120
"""How often a retrieval is asked for at most; a second apart, until it is complete."""


def transaction_search(client: "XRayClient") -> tuple[bool, str]:
    """Returns whether traces go to the span log group, and what is to be said of that."""
    try:
        if client.get_trace_segment_destination().get("Destination") != "CloudWatchLogs":
            return False, ""
    except (ClientError, *NO_ANSWER) as error:
        # moto has no such operation.
        unknown = getattr(error, "response", {}).get("Error", {}).get("Code") == "404"
        return False, "" if unknown else f"Transaction Search may be on: {error}"
    return True, (
        f"Transaction Search is on: X-Ray indexes {_indexed(client)} of the traces. The map and "
        "the numbers of make traces are of these alone; its --trace finds all of the last "
        "--minutes."
    )


def _indexed(client: "XRayClient") -> str:
    try:
        rule: Any = client.get_indexing_rules()["IndexingRules"][0]["Rule"]
        return f"{rule['Probabilistic']['DesiredSamplingPercentage']:g}%"
    except (ClientError, *NO_ANSWER) as error:
        return f"an unknown share ({error})"


def retrieve_documents(
    client: "XRayClient", trace_ids: Sequence[str], minutes: float
) -> dict[str, list[str]]:
    """Returns the segment documents of those traces that the span log group has of late.

    Raises:
        ToolError: It can't be read, or not as a whole.
    """
    end = datetime.now(UTC)
    start = end - timedelta(minutes=minutes)
    documents: defaultdict[str, list[str]] = defaultdict(list)
    # Spans have the ids of W3C, which end alike.
    ids = {trace_id[-24:].lower(): trace_id for trace_id in trace_ids}
    for first in range(0, len(trace_ids), TRACES_PER_RETRIEVAL):
        batch = trace_ids[first : first + TRACES_PER_RETRIEVAL]
        begun = client.start_trace_retrieval(TraceIds=batch, StartTime=start, EndTime=end)
        try:
            for trace in _retrieved(client, begun.get("RetrievalToken")):
                for span in trace.get("Spans", ()):
                    documents[ids[trace["Id"][-24:].lower()]].append(str(span["Document"]))
        except NO_ANSWER:
            raise ToolError("The span log group can't be read: the answer isn't X-Ray's.") from None
    return documents


def _retrieved(client: Any, token: str | None) -> Iterator[dict[str, Any]]:
    asked, page = {"RetrievalToken": token, "TraceFormat": "XRAY"}, {"RetrievalStatus": ""}
    for _ in range(ANSWERS):
        page = client.list_retrieved_traces(**asked)
        if page["RetrievalStatus"] == "COMPLETE":
            yield from page.get("Traces", ())
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]
        elif page["RetrievalStatus"] in ("SCHEDULED", "RUNNING"):
            time.sleep(1)
        else:
            break
    raise ToolError(f"The span log group can't be read: the answer is {page['RetrievalStatus']}.")
