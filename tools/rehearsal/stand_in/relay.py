"""What goes through the stand-in: segments in by UDP, and what SDKs ask of AWS X-Ray by TCP."""

import json
import logging
import queue
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

BATCH_SEGMENTS: Final = 50
"""Segments in one call at most, as in the real daemon (pkg/cfg/cfg.go)."""

LAST_SECONDS: Final = 0.2
"""How long the last datagrams may take once it is to stop."""

RECEIVE_BUFFER_BYTES: Final = 8 * 1024 * 1024
MAXIMUM_DATAGRAM_BYTES: Final = 64 * 1024

JSON: Final = "application/json"

Segments = queue.Queue[str | None]
"""Segment documents, and None after the last one."""

log = logging.getLogger("stand_in")


def listen(address: tuple[str, int]) -> socket.socket:
    """Returns a socket that datagrams come to."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_DGRAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    listening.settimeout(LAST_SECONDS)
    listening.bind(address)
    return listening


def receive(listening: socket.socket, segments: Segments, stopping: threading.Event) -> None:
    """Puts segments from datagrams into a queue until it is to stop and none is left."""
    while True:
        try:
            segments.put(_segment_in(listening.recv(MAXIMUM_DATAGRAM_BYTES)))
        except TimeoutError:
            if stopping.is_set():
                segments.put(None)
                return
        except ValueError as error:
            log.warning("Skipped a malformed datagram: %s.", error)


def send(segments: Segments, xray: "XRayClient") -> None:
    """Sends segments from a queue to AWS X-Ray, in batches, until the queue ends."""
    said: set[str | None] = set()
    for batch in _batches(segments):
        try:
            answer = xray.put_trace_segments(TraceSegmentDocuments=batch)
            refused = [(each.get("ErrorCode"), each) for each in answer["UnprocessedTraceSegments"]]
        except ClientError as error:
            refused = [(error.response.get("Error", {}).get("Code"), error)]
        except BotoCoreError as error:
            refused = [(type(error).__name__, error)]
        for code, what in refused:
            if code not in said:
                said.add(code)
                # On one line, as some endpoints answer errors in XML or HTML.
                reason = " ".join(str(what).split())
                log.error("AWS X-Ray did not take segments, %s (said once): %s", code, reason)


def _batches(segments: Segments) -> Iterator[list[str]]:
    """Yields what has arrived since the last batch."""
    while (segment := segments.get()) is not None:
        batch = [segment]
        while len(batch) < BATCH_SEGMENTS and not segments.empty():
            segment = segments.get()
            if segment is None:
                yield batch
                return
            batch.append(segment)
        yield batch


def _segment_in(datagram: bytes) -> str:
    """Returns the segment document in a datagram: a header line, then the document."""
    header, _, document = datagram.decode().partition("\n")
    if json.loads(header) != {"format": "json", "version": 1}:
        raise ValueError(f"the header is {header!r}")
    if not isinstance(json.loads(document), dict):
        raise ValueError("the document is not a JSON object")
    return document


class Proxy(ThreadingHTTPServer):
    """Signs each POST for AWS X-Ray and forwards it, as the real daemon does for sampling."""

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], credentials: Any, region: str, endpoint: str
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)
        self._signer = SigV4Auth(credentials, "xray", region)
        self._endpoint = endpoint.rstrip("/")

    def forward(self, path: str, body: bytes) -> requests.Response:
        """Signs a request, sends it to AWS X-Ray and gives back the answer."""
        url = self._endpoint + path
        signed = AWSRequest("POST", url, {"Content-Type": JSON}, data=body)
        self._signer.add_auth(signed)
        return requests.post(url, body, headers=dict(signed.headers.items()), timeout=10)


class _Handler(BaseHTTPRequestHandler):
    server: Proxy  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        """Answers with the status and the body of AWS X-Ray."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = self.server.forward(self.path, body)
        except (requests.RequestException, BotoCoreError) as error:
            self.send_error(502, type(error).__name__)
            return
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("Content-Type", JSON))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs a request at debug level instead of printing it."""
        log.debug(format, *args)
