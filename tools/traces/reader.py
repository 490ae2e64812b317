"""Reads whole traces from the X-Ray API, with GetTraceSummaries and BatchGetTraces."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tools.traces.batches import Call, read_batch, read_returned
from tools.traces.model import Trace
from tools.traces.patience import PATIENCE, PatientCall
from tools.traces.reading import LISTINGS, OnProgress, Progress, Reading
from tools.traces.windows import split_window

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

CLIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=36,
    connect_timeout=5,
    read_timeout=60,
)
"""Of a client to read with. The reader repeats calls that fail, not the client, and makes as many
calls at once as this keeps connections. How many a second X-Ray allows isn't documented; where
answers take 0.1 seconds, these make 300."""


class UnknownTraceError(LookupError):
    """X-Ray has no trace of the id asked for."""


class IncompleteReadingError(Exception):
    """Reading ended early; the cause says why.

    Attributes:
        traces: What was read, the newest first.
        listed: How many traces were listed.
        listed_all: Whether there are no others.
    """

    def __init__(self, traces: list[Trace], listed: int, *, listed_all: bool) -> None:
        super().__init__(f"{len(traces)} of {listed} traces were read.")
        self.traces = traces
        self.listed = listed
        self.listed_all = listed_all


def create_client(region: str | None = None, endpoint_url: str | None = None) -> "XRayClient":
    """Return an X-Ray client to read with; see `CLIENT`.

    Args:
        region: The AWS region; by default that of the environment or the AWS profile.
        endpoint_url: Another address of the API, such as that of a stand-in.
    """
    session = boto3.Session(region_name=region)
    return session.client("xray", endpoint_url=endpoint_url, config=CLIENT)


def read_traces(
    client: "XRayClient",
    start: datetime,
    end: datetime,
    on_progress: OnProgress | None = None,
    *,
    patience: float = PATIENCE,
) -> list[Trace]:
    """Read all traces between two times, the newest first, as fast as X-Ray allows.

    Times without a time zone are local. The window is widened to whole seconds, and by a second at
    either end. A trace that X-Ray lists but doesn't return, even when asked for again, is in the
    result without segments and with ``unprocessed`` set.

    Args:
        client: As many calls are made at once as it keeps connections.
        start: The start of the window.
        end: Its end.
        on_progress: Told how far reading has come.
        patience: Seconds after which X-Ray is given up where it refuses all calls.

    Raises:
        botocore.exceptions.ClientError: X-Ray refused a call, and nothing was read.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked, and nothing was read.
        IncompleteReadingError: One of these happened after some traces were read.
        ValueError: ``start`` isn't before ``end``.
    """
    windows = split_window(start, end, LISTINGS)
    reading = Reading(client, on_progress or _tell_nobody, patience)
    failure: ClientError | BotoCoreError | None = None
    try:
        reading.run(windows)
    except (ClientError, BotoCoreError) as error:
        failure = error
    finally:
        reading.close()
    if failure is None:
        return reading.traces
    if not reading.traces:
        raise failure
    raise IncompleteReadingError(
        reading.traces, reading.listed, listed_all=reading.listed_all
    ) from failure


def read_found(client: "XRayClient", trace_ids: Collection[str]) -> list[Trace]:
    """Read those of some traces that X-Ray has; it may have each only a while after it was sent.

    Raises:
        botocore.exceptions.ClientError: X-Ray refused a call.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked.
    """
    reading = Reading(client, _tell_nobody, PATIENCE, read=_read_if_returned)
    try:
        reading.run(windows=(), trace_ids=trace_ids)
    finally:
        reading.close()
    return [trace for trace in reading.traces if trace.segments]


def read_trace(client: "XRayClient", trace_id: str) -> Trace:
    """Read the trace of one id.

    Raises:
        UnknownTraceError: X-Ray has no such trace.
        botocore.exceptions.ClientError: X-Ray refused the call.
        botocore.exceptions.BotoCoreError: X-Ray could not be asked.
    """
    [trace] = read_batch(PatientCall(client.batch_get_traces), [trace_id])
    if trace.unprocessed:
        raise UnknownTraceError(f"X-Ray has no trace {trace_id}.")
    return trace


def _read_if_returned(call: Call, trace_ids: Sequence[str]) -> Sequence[Trace]:
    return list(read_returned(call, trace_ids).values())


def _tell_nobody(progress: Progress) -> None:
    pass
