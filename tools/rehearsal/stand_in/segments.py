"""Segments on their way through the stand-in: in by UDP, out to AWS X-Ray in batches."""

import contextlib
import json
import logging
import queue
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

BATCH_SEGMENTS: Final = 50
"""Segments in one call at most, as in the real daemon (pkg/cfg/cfg.go)."""

FLUSH_SECONDS: Final = 0.2
"""How long a batch that isn't full waits."""

RECEIVE_BUFFER_BYTES: Final = 8 * 1024 * 1024
MAXIMUM_DATAGRAM_BYTES: Final = 64 * 1024

log = logging.getLogger("stand_in")


class Receiver(threading.Thread):
    """Receives datagrams and puts the segment documents in them into a queue.

    Args:
        address: The UDP address and port to receive on.
        segments: Gets each segment document, and None after the last one.
    """

    def __init__(self, address: tuple[str, int], segments: "queue.Queue[str | None]") -> None:
        super().__init__(name="receiver")
        self._segments = segments
        self._stopping = threading.Event()
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._socket.settimeout(FLUSH_SECONDS)
        self._socket.bind(address)

    def run(self) -> None:
        """Receives until stopped and until nothing is left in the socket."""
        while True:
            stopping = self._stopping.is_set()
            try:
                datagram = self._socket.recv(MAXIMUM_DATAGRAM_BYTES)
                self._segments.put(segment_in(datagram))
            except TimeoutError:
                if stopping:
                    break
            except ValueError as error:
                log.warning("Skipped a malformed datagram: %s.", error)
        self._socket.close()
        self._segments.put(None)

    def stop(self) -> None:
        """Stops as soon as what has arrived is in the queue."""
        self._stopping.set()


class Sender(threading.Thread):
    """Sends segment documents from a queue to AWS X-Ray, in batches.

    Args:
        xray: The client to send them by.
        segments: Where they come from; None ends it.
    """

    def __init__(self, xray: "XRayClient", segments: "queue.Queue[str | None]") -> None:
        super().__init__(name="sender")
        self._xray = xray
        self._segments = segments
        self._said: set[str] = set()

    def run(self) -> None:
        """Sends until the queue says that it ended."""
        for batch in self._batches():
            try:
                answer = self._xray.put_trace_segments(TraceSegmentDocuments=batch)
            except ClientError as error:
                self._say_once(error.response.get("Error", {}).get("Code", "no error code"), error)
            except BotoCoreError as error:
                self._say_once(type(error).__name__, error)
            else:
                for segment in answer["UnprocessedTraceSegments"]:
                    self._say_once(segment.get("ErrorCode", "no error code"), segment)

    def _batches(self) -> Iterator[list[str]]:
        # Ends with the queue's None, whether it comes first or within a batch.
        for first in iter(self._segments.get, None):
            batch, ended = [first], False
            flush_at = time.monotonic() + FLUSH_SECONDS
            with contextlib.suppress(queue.Empty):
                while len(batch) < BATCH_SEGMENTS and not ended:
                    segment = self._segments.get(timeout=max(flush_at - time.monotonic(), 0))
                    if segment is None:
                        ended = True
                    else:
                        batch.append(segment)
            yield batch
            if ended:
                return

    def _say_once(self, code: str, what: object) -> None:
        if code not in self._said:
            self._said.add(code)
            # On one line, as some endpoints answer errors in XML or HTML.
            reason = " ".join(str(what).split())
            log.error("AWS X-Ray did not take segments, %s (said once): %s", code, reason)


def segment_in(datagram: bytes) -> str:
    """Returns the segment document in a datagram.

    Args:
        datagram: What came by UDP: a header line, then the document.

    Raises:
        ValueError: The datagram does not have this form.
    """
    header, _, document = datagram.decode().partition("\n")
    if json.loads(header) != {"format": "json", "version": 1}:
        raise ValueError(f"the header is {header!r}")
    if not isinstance(json.loads(document), dict):
        raise ValueError("the document is not a JSON object")
    return document
