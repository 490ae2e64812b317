"""What the client asks of Service-A: a trace of the client's choice."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests
from opentelemetry import trace
from opentelemetry.propagators.aws import AwsXRayPropagator

from tools.rehearsal.client import send_requests


def test_opentelemetry_continues_the_clients_traces() -> None:
    headers: list[str] = []
    progress: list[tuple[int, int]] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers.append(self.headers["X-Amzn-Trace-Id"])
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with requests.Session() as session:
        sent = send_requests(url, 3, session, lambda done, total: progress.append((done, total)))
    server.shutdown()
    server.server_close()

    contexts = [
        trace.get_current_span(
            AwsXRayPropagator().extract({"X-Amzn-Trace-Id": header})
        ).get_span_context()
        for header in headers
    ]
    digits = {trace.format_trace_id(context.trace_id) for context in contexts}
    assert {f"1-{each[:8]}-{each[8:]}" for each in digits} == sent.trace_ids
    assert all(context.trace_flags.sampled for context in contexts)
    assert sent.statuses == {"200": 3}
    assert progress == [(1, 3), (2, 3), (3, 3)]
