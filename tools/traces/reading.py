"""Lists traces and reads them at once, with as many calls as X-Ray allows."""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from tools.traces.batches import TRACES_PER_CALL, Call, pages, read_batch
from tools.traces.model import Trace
from tools.traces.patience import PatientCall
from tools.traces.windows import Window

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

LISTINGS: Final = 4
"""How many windows are listed side by side, as Grafana's X-Ray data source does
(grafana/x-ray-datasource, pkg/datasource/getAnalytics.go)."""

RESERVE: Final = 8
"""Batches that are ready beside those being read, so that no thread waits for its next; few, so
that what is listed later but newer soon has its turn."""

LOOK_SECONDS: Final = 0.5
"""How often progress is told while nothing comes."""


@dataclass(frozen=True)
class Progress:
    """How far reading has come."""

    read: int
    listed: int
    throttled: bool
    """Whether X-Ray refuses all calls at present."""


OnProgress: TypeAlias = Callable[[Progress], None]

ReadBatch: TypeAlias = Callable[[Call, Sequence[str]], Sequence[Trace]]
"""Reads the traces of a few ids by BatchGetTraces."""

_Brought: TypeAlias = Sequence[str] | Future[None] | Future[Sequence[Trace]]
"""Ids of one page, the end of a window, or the traces of a batch."""


class Reading:
    """One reading of traces.

    Threads call X-Ray; what they bring is taken by the one that runs this. The newest of the
    listed traces are read first, so that a reading which ends early has them.

    Args:
        client: As many calls are made at once as it keeps connections.
        on_progress: Told how far reading has come, by the thread that runs this.
        patience: Seconds after which X-Ray is given up where it refuses all calls.
        read: Reads a batch.
    """

    def __init__(
        self,
        client: "XRayClient",
        on_progress: OnProgress,
        patience: float,
        read: ReadBatch = read_batch,
    ) -> None:
        self._list_call = PatientCall(client.get_trace_summaries, patience)
        self._read_call = PatientCall(client.batch_get_traces, patience)
        connections: int = cast(Any, client.meta.config).max_pool_connections
        self._calls_at_once = max(1, connections - LISTINGS)
        self._listing = ThreadPoolExecutor(LISTINGS, "listing")
        self._reading = ThreadPoolExecutor(self._calls_at_once, "reading")
        self._on_progress = on_progress
        self._read = read
        self._brought: SimpleQueue[_Brought] = SimpleQueue()
        self._windows_left = 0
        self._batches_left = 0
        self._listed: set[str] = set()
        self._unread: list[str] = []
        self._traces: list[Trace] = []

    @property
    def traces(self) -> list[Trace]:
        """Return what has been read, the newest first."""
        return sorted(self._traces, key=lambda trace: (-trace.start_time, trace.id))

    @property
    def listed(self) -> int:
        """Return how many traces have been listed."""
        return len(self._listed)

    @property
    def listed_all(self) -> bool:
        """Return whether nothing is left to be listed."""
        return self._windows_left == 0

    def run(self, windows: Iterable[Window], trace_ids: Collection[str] = ()) -> None:
        """Read all traces of some windows, and those of some ids.

        Raises:
            botocore.exceptions.ClientError: X-Ray refused a call for good.
            botocore.exceptions.BotoCoreError: X-Ray could not be asked.
        """
        for window in windows:
            self._windows_left += 1
            future = self._listing.submit(self._list, window)
            future.add_done_callback(self._brought.put)
        self._add(trace_ids)
        self._start_batches()
        while self._windows_left or self._batches_left:
            self._tell()
            try:
                self._take(self._brought.get(timeout=LOOK_SECONDS))
            except Empty:
                continue
            self._start_batches()
        self._tell()

    def close(self) -> None:
        """End all calls, and take what those that were under way have brought."""
        self._list_call.close()
        self._read_call.close()
        self._listing.shutdown(cancel_futures=True)
        self._reading.shutdown(cancel_futures=True)
        while not self._brought.empty():
            brought = self._brought.get()
            if not isinstance(brought, Future) or _succeeded(brought):
                self._take(brought)

    def _list(self, window: Window) -> None:
        start, end = window
        for page in pages(self._list_call, StartTime=start, EndTime=end):
            ids = [summary.get("Id") for summary in page.get("TraceSummaries", ())]
            self._brought.put([each for each in ids if each])

    def _take(self, brought: _Brought) -> None:
        if not isinstance(brought, Future):
            self._add(brought)
            return
        traces = brought.result()
        if traces is None:
            self._windows_left -= 1
        else:
            self._batches_left -= 1
            self._traces.extend(traces)

    def _add(self, trace_ids: Collection[str]) -> None:
        self._unread += set(trace_ids) - self._listed
        self._listed.update(trace_ids)
        # Ids begin with the time, so that the newest are last.
        self._unread.sort()

    def _start_batches(self) -> None:
        """Keep all threads busy; a batch that isn't full has to wait until all are listed."""
        fewest = 1 if self.listed_all else TRACES_PER_CALL
        most = self._calls_at_once + RESERVE
        while self._batches_left < most and len(self._unread) >= fewest:
            batch = self._unread[-TRACES_PER_CALL:]
            del self._unread[-TRACES_PER_CALL:]
            self._batches_left += 1
            future = self._reading.submit(self._read, self._read_call, batch)
            future.add_done_callback(self._brought.put)

    def _tell(self) -> None:
        throttled = self._list_call.throttled or self._read_call.throttled
        self._on_progress(Progress(len(self._traces), len(self._listed), throttled))


def _succeeded(future: Future[None] | Future[Sequence[Trace]]) -> bool:
    return not future.cancelled() and future.exception() is None
