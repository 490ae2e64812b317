"""What stands between an agent and X-Ray: it answers late, or in X-Ray's place."""

import json
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, Final

import requests

SEGMENTS: Final = "/TraceSegments"
"""Where segments are put (botocore, model of the X-Ray API)."""

Answer = tuple[int, str]

TAKEN: Final[Mapping[str, Answer]] = dict.fromkeys(
    (SEGMENTS, "/TelemetryRecords"), (200, '{"UnprocessedTraceSegments": []}')
)
"""The answers of an X-Ray API that takes everything, the agents' reports on themselves too."""

UNSIGNED: Final[Answer] = 403, '{"__type": "MissingAuthenticationTokenException"}'
"""What AWS says to a request without a signature (AWS general reference, common errors)."""


class Front(ThreadingHTTPServer):
    """Passes on what it does not answer itself; refuses to be a proxy."""

    request_queue_size = 128

    def __init__(self, address: str, behind: str = "", tls: SSLContext | None = None) -> None:
        super().__init__((address, 0), _Handler)
        self.behind, self.at = behind, f"{address}:{self.server_port}"
        self.answers: Mapping[str, Answer] = {} if behind else TAKEN
        """What it answers itself, by paths."""
        self.arrived: defaultdict[str, list[str]] = defaultdict(list)
        """Segments that it answered itself, by their ids, whether it took them or not."""
        self.late: Mapping[str, float] = {}
        """Seconds until it answers, by paths."""
        if tls:
            # Shaken in the thread of a request: a peer that is stuck holds up no other.
            self.socket = tls.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of a peer that went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: Front  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body, front = self.rfile.read(int(self.headers.get("Content-Length") or 0)), self.server
        own = front.answers.get(self.path)
        time.sleep(front.late.get(self.path, 0))
        if own and self.path == SEGMENTS:
            for each in json.loads(body)["TraceSegmentDocuments"]:
                front.arrived[json.loads(each)["id"]].append(each)
        status, text = own or self._passed_on(body)
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_CONNECT(self) -> None:
        self.send_error(407)

    def _passed_on(self, body: bytes) -> Answer:
        # The signature is over the headers, Host among them.
        url, headers = self.server.behind + self.path, dict(self.headers)
        if "Authorization" not in headers:
            return UNSIGNED
        answer = requests.post(url, body, headers=headers, timeout=30)
        return answer.status_code, answer.text

    def log_message(self, format: str, *args: Any) -> None:
        pass
