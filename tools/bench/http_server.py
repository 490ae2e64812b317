"""An HTTP server in the place of an API of AWS: a function answers each call."""

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

THROTTLED: Final = {"x-amzn-ErrorType": "ThrottledException"}
"""How AWS X-Ray says that it is asked too much (X-Ray API reference, PutTraceSegments)."""


@dataclass(frozen=True)
class Answer:
    """What a call is answered."""

    status: int = 200
    content: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Request:
    """What is asked."""

    path: str
    body: bytes = b""
    header_bytes: int = 0
    """Size of what came before the body: request line, headers and the empty line."""


Respond = Callable[[Request], Answer]
"""Answers a call."""


@contextmanager
def serve(address: str, respond: Respond) -> Generator[str]:
    """Serves on an address of this machine, and stops with its block.

    Yields:
        The URL.
    """
    with _Server((address, 0), partial(_Handler, respond)) as server:
        thread = threading.Thread(target=server.serve_forever, name="http-server", daemon=True)
        thread.start()
        try:
            yield f"http://{address}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """Answers many calls by one connection, as AWS does."""

    protocol_version = "HTTP/1.1"
    # An answer goes out as a whole, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, respond: Respond, *connection: Any) -> None:
        self._respond = respond
        super().__init__(*connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self._respond(Request(self.path, body, self._header_bytes()))
        content = answer.content.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _header_bytes(self) -> int:
        headers = [f"{name}: {value}" for name, value in self.headers.items()]
        return sum(len(line) + len("\r\n") for line in (self.requestline, *headers, ""))

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what comes is counted."""
