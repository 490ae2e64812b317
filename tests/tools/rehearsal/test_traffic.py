"""What is asked of Service-A, and what counts as arrived, lost and doubled."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import requests
from opentelemetry import trace
from opentelemetry.propagators.aws import AwsXRayPropagator

from tools.rehearsal.traffic import compare, send_requests
from tools.traces.trace import Trace, assemble_trace


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


SERVICES = ("service-a", "service-b")
SENT = ("1-00000001-000000000000000000000001", "1-00000001-000000000000000000000002")


def _trace(trace_id: str, *names: str) -> Trace:
    return assemble_trace(
        trace_id,
        [
            json.dumps({"id": f"{number:016x}", "name": name, "start_time": 1.0, "end_time": 2.0})
            for number, name in enumerate(names)
        ],
    )


def test_all_is_well_where_every_trace_has_each_service_once() -> None:
    arrival = compare([_trace(each, *SERVICES) for each in SENT], SENT, SERVICES)
    assert arrival.problem() is None


def test_a_trace_that_is_not_there_is_lost() -> None:
    arrival = compare([_trace(SENT[0], *SERVICES)], SENT, SERVICES)
    assert arrival.lost == (SENT[1],)
    assert arrival.problem() == "of 2 traces 1 were lost."


def test_a_trace_without_a_services_segment_is_lost() -> None:
    traces = [_trace(SENT[0], "service-a"), _trace(SENT[1], *SERVICES)]
    assert compare(traces, SENT, SERVICES).lost == (SENT[0],)


def test_a_trace_with_two_segments_of_a_service_is_doubled() -> None:
    traces = [_trace(SENT[0], *SERVICES, "service-b"), _trace(SENT[1], *SERVICES)]
    arrival = compare(traces, SENT, SERVICES)
    assert (arrival.lost, arrival.doubled) == ((), (SENT[0],))
