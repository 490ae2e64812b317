"""What stands between a cluster's agents and X-Ray: it answers late, or in X-Ray's place."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from tests.e2e.cluster.faults import led
from tests.e2e.rehearsal.rehearsals import Running

SEGMENTS: Final = "/TraceSegments"
"""Where segments are put (botocore, model of the X-Ray API)."""

Answer = tuple[int, str]


class Front(ThreadingHTTPServer):
    """Passes on what it does not answer itself."""

    request_queue_size = 128

    def __init__(self, behind: str) -> None:
        super().__init__((urlsplit(behind).hostname or "", 0), _Handler)
        self.behind = behind
        self.answers: Mapping[str, Answer] = {}
        """What it answers itself, by paths."""
        self.late = 0.0
        """Seconds until segments are taken."""


class _Handler(BaseHTTPRequestHandler):
    server: Front  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == SEGMENTS:
            time.sleep(self.server.late)
        status, text = self.server.answers.get(self.path) or self._passed_on(body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def _passed_on(self, body: bytes) -> Answer:
        # The signature is over the headers, Host among them.
        url, headers = self.server.behind + self.path, dict(self.headers)
        answer = requests.post(url, body, headers=headers, timeout=30)
        return answer.status_code, answer.text

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def x_ray_front(running: Running, core: Any) -> Generator[Front]:
    """Leads the agents of a rehearsal through a front, and back in the end."""
    with Front(running.printed(r"export AWS_ENDPOINT_URL=(\S+)")) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        with led(running, core, f"http://{front.server_address[0]}:{front.server_port}"):
            yield front
        front.shutdown()
