"""A sink in the place of the X-Ray API, which keeps what arrives."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tools.lab.cluster import ApiServer
from tools.rehearsal.on_cluster.stage import address_towards


class XRayApi(ThreadingHTTPServer):
    """A sink in the place of the X-Ray API: which documents arrived, by their ids."""

    request_queue_size = 128

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self.arrived: defaultdict[str, list[str]] = defaultdict(list)
        self.lock = threading.Lock()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        # Agents report on themselves, too.
        if self.path == "/TraceSegments":
            assert isinstance(self.server, XRayApi)
            with self.server.lock:
                for each in json.loads(body)["TraceSegmentDocuments"]:
                    self.server.arrived[json.loads(each)["id"]].append(each)
        content = b'{"UnprocessedTraceSegments": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def x_ray(api_server: ApiServer) -> Generator[XRayApi]:
    with XRayApi(address_towards(api_server)) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        yield api
        api.shutdown()
