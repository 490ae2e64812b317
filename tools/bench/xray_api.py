"""A sink in the place of the X-Ray API: counts the segments that arrive."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PREFIX_LENGTH: Final = 4
"""Hexadecimal digits of a segment's id that tell which sender it is from."""


class XRayApi(ThreadingHTTPServer):
    """Which segments arrived: their ids, by their prefixes."""

    request_queue_size = 128

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self.endpoint = f"http://{address}:{self.server_port}"
        self.arrived: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()

    def count(self, path: str, body: bytes) -> None:
        """Counts the segments in a request."""
        # Agents report on themselves, too (PutTelemetryRecords).
        if path == "/TraceSegments":
            ids = [json.loads(each)["id"] for each in json.loads(body)["TraceSegmentDocuments"]]
            with self._lock:
                for each in ids:
                    self.arrived[each[:PREFIX_LENGTH]].add(each)


@contextmanager
def start_xray_api(address: str) -> Generator[XRayApi]:
    """Starts the sink on an address of this machine, and stops it with its block."""
    with XRayApi(address) as api:
        threading.Thread(target=api.serve_forever, name="xray-api", daemon=True).start()
        try:
            yield api
        finally:
            api.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """Answers many requests on one connection, as AWS does."""

    protocol_version = "HTTP/1.1"
    # An answer goes out as a whole, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        assert isinstance(self.server, XRayApi)
        self.server.count(self.path, body)
        content = b'{"UnprocessedTraceSegments": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass
