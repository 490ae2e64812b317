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
        sent = send_requests(
            url, TRACES, session, lambda done, total: progress.append((done, total))
        )
    server.shutdown()
    server.server_close()

    contexts = [
        trace.get_current_span(
            AwsXRayPropagator().extract({"X-Amzn-Trace-Id": header})
        ).get_span_context()
        for header in headers
    ]
    digits = {trace.format_trace_id(context.trace_id) for context in contexts}
    assert {f"1-{each[:8]}-{each[8:]}" for each in digits} == set(TRACES)
    assert all(context.trace_flags.sampled for context in contexts)
    assert sent == {"200": 2}
    assert progress == [(1, 2), (2, 2)]


SERVICES = ("service-a", "service-b")
TRACES = ("1-00000001-000000000000000000000001", "1-00000001-000000000000000000000002")


def _trace(trace_id: str, *names: str) -> Trace:
    return assemble_trace(
        trace_id,
        [
            json.dumps({"id": f"{number:016x}", "name": name, "start_time": 1.0, "end_time": 2.0})
            for number, name in enumerate(names)
        ],
    )


def test_a_trace_without_a_segment_of_a_service_is_lost() -> None:
    complete = [_trace(each, *SERVICES) for each in TRACES]
    assert compare(complete, TRACES, SERVICES).problem() is None
    arrival = compare(complete[:1], TRACES, SERVICES)
    assert arrival.lost == (TRACES[1],)
    assert arrival.problem() == "of 2 traces 1 were lost."
    partial = [_trace(TRACES[0], "service-a"), complete[1]]
    assert compare(partial, TRACES, SERVICES).lost == (TRACES[0],)


def test_a_trace_without_the_call_that_a_segment_answers_is_lost() -> None:
    called = {"id": "b" * 16, "name": "service-b", "start_time": 1.5, "parent_id": "c" * 16}
    calling = {"id": "a" * 16, "name": "service-a", "start_time": 1.0, "parent_id": "d" * 16}
    call = {**called, "id": "c" * 16, "parent_id": "a" * 16, "type": "subsegment"}
    call |= {"namespace": "remote"}
    documents = [json.dumps(each) for each in (calling, called, call)]
    for count, lost in ((2, (TRACES[0],)), (3, ())):
        arrived = [assemble_trace(TRACES[0], documents[:count])]
        assert compare(arrived, TRACES[:1], SERVICES).lost == lost


def test_a_trace_with_two_segments_of_a_service_is_doubled() -> None:
    traces = [_trace(TRACES[0], *SERVICES, "service-b"), _trace(TRACES[1], *SERVICES)]
    arrival = compare(traces, TRACES, SERVICES)
    assert (arrival.lost, arrival.doubled) == ((), (TRACES[0],))
