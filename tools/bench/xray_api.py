"""A sink in the place of the X-Ray API: counts the segments that arrive, or refuses them."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PREFIX_LENGTH: Final = 4
"""Hexadecimal digits of a segment's id that tell which sender it is from."""


class ResponseMode(Enum):
    """How the API answers, by its HTTP status."""

    WELL = 200
    THROTTLING = 429
    DOWN = 503


class XRayApi:
    """Which segments arrived, by their ids."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.mode = ResponseMode.WELL
        self._lock = threading.Lock()
        self._arrived: defaultdict[str, set[str]] = defaultdict(set)

    def arrived(self, prefix: str) -> set[str]:
        """Returns the ids of one sender's segments, which start with its prefix."""
        with self._lock:
            return set(self._arrived[prefix])

    def count(self, prefix: str) -> int:
        """Returns how many segments of one sender arrived."""
        with self._lock:
            return len(self._arrived[prefix])

    def forget(self, prefix: str) -> None:
        """Forgets the segments of one sender."""
        with self._lock:
            self._arrived.pop(prefix, None)

    def answer(self, path: str, body: bytes) -> tuple[int, Any]:
        """Returns the status and the content of the answer to a request."""
        if path != "/TraceSegments":
            # Agents report on themselves, too (PutTelemetryRecords).
            return 200, {}
        if self.mode != ResponseMode.WELL:
            return self.mode.value, {}
        ids = [_id_of(each) for each in json.loads(body)["TraceSegmentDocuments"]]
        with self._lock:
            for each in ids:
                if each is not None:
                    self._arrived[each[:PREFIX_LENGTH]].add(each)
        refused = [{"ErrorCode": "InvalidSegment"} for each in ids if each is None]
        return 200, {"UnprocessedTraceSegments": refused}


@contextmanager
def start_xray_api(address: str) -> Generator[XRayApi]:
    """Starts the sink on an address of this machine, and stops it with its block."""
    api = XRayApi()
    with _Server((address, 0), partial(_Handler, api)) as server:
        api.endpoint = f"http://{address}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, name="xray-api", daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """Answers many requests on one connection, as AWS does."""

    protocol_version = "HTTP/1.1"
    # An answer goes out as a whole, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, api: XRayApi, *connection: Any) -> None:
        self._api = api
        super().__init__(*connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self._api.answer(self.path, body)
        content = json.dumps(answer).encode()
        self.send_response(status)
        if status == ResponseMode.THROTTLING.value:
            # X-Ray API reference, PutTraceSegments
            self.send_header("x-amzn-ErrorType", "ThrottledException")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what arrives is counted."""


def _id_of(document: str) -> str | None:
    """Returns a segment's id; none where X-Ray would refuse the document."""
    try:
        return str(json.loads(document)["id"])
    except (ValueError, KeyError, TypeError):
        return None
