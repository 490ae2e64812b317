"""What a real collector makes of spans and segments, as the guide to the collector says."""

import json
import socket
import time
from collections.abc import Mapping
from typing import Any, Final

import boto3
import pytest
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, format_trace_id, set_span_in_context

from tests.support.agents import on_node
from tests.support.aws_here import aws_here
from tests.support.open_telemetry_collector import needs_collector, running
from tools.rehearsal.agent_files import towards
from tools.traces.reader import read_found
from tools.traces.trace import Trace

pytestmark = needs_collector

Documents = list[dict[str, Any]]

HOST: Final = {"server.address": "api.example.com"}
QUEUE: Final = {"messaging.destination.name": "orders"}
FIRST: Final = {"aws.span.kind": "LOCAL_ROOT"}
OLD: Final = {"db.name": "shop", "net.peer.name": "db.example.com"}
NEW: Final = {"db.system.name": "postgresql", "db.namespace": "shop"}

ITSELF, API = ("worker", "segment"), ("api.example.com", "remote")
SHOP, REMOTE = ("shop", "sql"), ("shop", "remote")

SPANS: Final[Mapping[str, tuple[SpanKind, dict[str, str], list[tuple[str, str]]]]] = {
    "request": (SpanKind.SERVER, {}, [ITSELF]),
    "job": (SpanKind.INTERNAL, {}, [("nightly", "segment")]),
    "named-job": (SpanKind.INTERNAL, {**FIRST, "aws.local.service": "worker"}, [ITSELF]),
    "script": (SpanKind.CLIENT, {**HOST, **FIRST}, [API, ITSELF]),
    "consumer": (SpanKind.CONSUMER, QUEUE, [("orders", "remote"), ITSELF]),
    "its-call": (SpanKind.CLIENT, HOST, [API, ITSELF]),
    "its-postgresql": (SpanKind.CLIENT, {**OLD, "db.system": "postgresql"}, [SHOP, ITSELF]),
    "its-redis": (SpanKind.CLIENT, {**OLD, "db.system": "redis"}, [REMOTE, ITSELF]),
    "its-new-database": (SpanKind.CLIENT, {**HOST, **NEW}, [API, ITSELF]),
}
"""A span's kind and attributes; what the documents of its trace name, and as what. Some are in a
request."""

CAUSE: Final = {"exceptions": [{"id": "0f" * 8, "type": "Error", "message": "no"}]}

SEGMENTS: Final[Mapping[str, tuple[dict[str, Any], set[str]]]] = {
    "throttle-400": ({"throttle": True, "http": {"response": {"status": 400}}}, {"error"}),
    "throttle-429": ({"http": {"response": {"status": 429}}}, {"error", "throttle"}),
    "fault-400": ({"fault": True, "http": {"response": {"status": 400}}}, {"error"}),
    "fault": ({"fault": True}, set()),
    "error-cause": ({"error": True, "cause": CAUSE}, {"fault"}),
}
"""What is in a segment, and the flags that it has afterwards."""


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Documents]:
    """What became of each span and segment."""
    directory = tmp_path_factory.mktemp("collector")
    with aws_here() as aws:
        # By its name: ports behind addresses are moved.
        endpoint = aws.replace("127.0.0.1", "localhost")
        secret = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "-")
        client = boto3.client("xray", "eu-west-1", endpoint_url=endpoint, **secret)
        with running(towards(on_node(), endpoint), directory) as (_, ports):
            here = {there: port for port, there in ports.items()}
            ids = {**_send_spans(here[4318]), **_send_segments(here[2000])}
            deadline = time.monotonic() + 15
            expected = sum(len(each) for _, _, each in SPANS.values()) + len(SEGMENTS)
            traces: list[Trace] = []
            while (
                sum(len(each.documents) for each in traces) < expected
                and time.monotonic() < deadline
            ):
                time.sleep(0.2)
                traces = read_found(client, list(ids.values()))
    documents = {trace.id: [*map(json.loads, trace.documents.values())] for trace in traces}
    return {name: documents.get(trace_id, []) for name, trace_id in ids.items()}


def _send_spans(port: int) -> dict[str, str]:
    """Sends the spans once somebody listens, and returns their traces."""
    resource = Resource.create({"service.name": "worker"})
    provider = TracerProvider(resource=resource, id_generator=AwsXRayIdGenerator())
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{port}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer, digits = provider.get_tracer("test"), dict[str, str]()
    for name, (kind, attributes, _) in SPANS.items():
        outer = Context()
        if name.startswith("its-"):
            request = tracer.start_span("GET /", outer, SpanKind.SERVER)
            request.end()
            outer = set_span_in_context(request)
        span = tracer.start_span("nightly", outer, kind, attributes)
        span.end()
        digits[name] = format_trace_id(span.get_span_context().trace_id)
    return {name: f"1-{each[:8]}-{each[8:]}" for name, each in digits.items()}


def _send_segments(port: int) -> dict[str, str]:
    now, header = time.time(), '{"format": "json", "version": 1}\n'
    ids = {name: f"1-{int(now):08x}-{number:024x}" for number, name in enumerate(SEGMENTS)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for name, (fields, _) in SEGMENTS.items():
            known = {"name": "worker", "id": "0f" * 8, "start_time": now, "end_time": now + 0.1}
            document = json.dumps({**known, "trace_id": ids[name], **fields})
            sender.sendto((header + document).encode(), ("127.0.0.1", port))
    return ids


@pytest.mark.parametrize("name", SPANS)
def test_spans_name_services_calls_and_queues(name: str, received: Mapping[str, Documents]) -> None:
    def kind(document: Mapping[str, Any]) -> str:
        is_call = document.get("type") == "subsegment"
        return "segment" if not is_call else "sql" if "sql" in document else document["namespace"]

    assert sorted((each["name"], kind(each)) for each in received[name]) == SPANS[name][2]


@pytest.mark.parametrize("name", SEGMENTS)
def test_flags_follow_the_status(name: str, received: Mapping[str, Documents]) -> None:
    (document,) = received[name]
    flags = {flag for flag in ("error", "fault", "throttle") if document.get(flag)}
    assert flags == SEGMENTS[name][1]
