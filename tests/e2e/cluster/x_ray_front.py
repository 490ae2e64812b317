"""What stands between a cluster's agents and X-Ray: it answers late, or in X-Ray's place."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from kubernetes import client

from tests.e2e.cluster.faults import NAMESPACE, patch_daemon
from tests.e2e.rehearsal.rehearsals import Running

SEGMENTS: Final = "/TraceSegments"
"""Where segments are put (botocore, model of the X-Ray API)."""

Answer = tuple[int, str]


class Front(ThreadingHTTPServer):
    """Passes on what it does not answer itself."""

    request_queue_size = 128

    def __init__(self, behind: str) -> None:
        self.host = urlsplit(behind).hostname or ""
        super().__init__((self.host, 0), _Handler)
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
    behind = running.printed(r"export AWS_ENDPOINT_URL=(\S+)")
    with Front(behind) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        here = f"http://{front.host}:{front.server_port}"
        _lead(core, behind, here)
        try:
            yield front
        finally:
            _lead(core, here, behind)
            front.shutdown()


def _lead(core: Any, here: str, there: str) -> None:
    networking: Any = client.NetworkingV1Api(core.api_client)
    for each in core.list_namespaced_config_map(NAMESPACE).items:
        data = {name: text.replace(here, there) for name, text in (each.data or {}).items()}
        core.patch_namespaced_config_map(each.metadata.name, NAMESPACE, {"data": data})
    old, new = urlsplit(here).port, urlsplit(there).port
    for each in networking.list_namespaced_network_policy(NAMESPACE).items:
        spec = networking.api_client.sanitize_for_serialization(each.spec)
        for rule in spec.get("egress", []):
            known = {port.get("port") for port in rule.get("ports", [])}
            if old in known and new not in known:
                rule["ports"].append({"protocol": "TCP", "port": new})
        networking.patch_namespaced_network_policy(each.metadata.name, NAMESPACE, {"spec": spec})
    patch_daemon(core, {"metadata": {"annotations": {"test": str(time.time())}}})
