"""The stand-in for the collector takes what SDKs send, and X-Ray has it as traces."""

import gzip
import json
import secrets
import socket
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter
from aws_xray_sdk.core.models.segment import Segment
from opentelemetry import trace as opentelemetry
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from components.agent.agents import CollectorExporter
from components.agent.collector.configuration import gate_configuration
from components.agent.collector.exporters import way_to_gateway
from components.agent.pod.ip_family import IpFamily
from tests.tools.rehearsal.collector_process import (
    MEMORY_MIB,
    Collector,
    program_configuration,
    running_collector,
    start_collector,
    way_out,
)
from tests.tools.rehearsal.iam_user import user_allowed
from tests.tools.rehearsal.spans import new_span, request_of, trace_id_of
from tests.tools.rehearsal.stand_in_process import HEADER, REGION, new_segment, wait_for
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud
from tools.rehearsal.aws.moto_server import start_cloud
from tools.rehearsal.aws.policies import allowing, trusting
from tools.rehearsal.network import free_port
from tools.rehearsal.stand_in.collector.__main__ import WHAT_THIS_IS, main
from tools.traces import Trace, assemble_trace

XRAY, OTLP = CollectorExporter.XRAY, CollectorExporter.OTLP

RIGHTS = {
    XRAY: ("xray:PutTraceSegments", "xray:GetSamplingRules"),
    OTLP: ("xray:PutTraceSegments", "xray:GetSamplingRules", "xray:PutSpans"),
}


@pytest.fixture(scope="module")
def cloud() -> Generator[Cloud]:
    with start_cloud(REGION) as started:
        yield started


@pytest.fixture(scope="module", params=[XRAY, OTLP])
def collector(
    request: pytest.FixtureRequest, cloud: Cloud, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Collector]:
    credentials = user_allowed(cloud, *RIGHTS[request.param])
    folder = tmp_path_factory.mktemp("collector")
    with running_collector(cloud, folder, credentials, request.param) as running:
        yield running


def _stored(cloud: Cloud, trace_id: str) -> Trace:
    traces = cloud.client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
    documents = [each["Document"] for trace in traces for each in trace["Segments"]]
    return assemble_trace(trace_id, documents)


def _send_datagram(collector: Collector, segment: dict[str, Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        data = HEADER + json.dumps(segment)
        sender.sendto(data.encode(), ("127.0.0.1", collector.daemon_port))


def test_what_both_sdks_send_is_one_trace(cloud: Cloud, collector: Collector) -> None:
    provider = TracerProvider(
        resource=Resource.create({"service.name": "service-a"}), id_generator=AwsXRayIdGenerator()
    )
    exporter = OTLPSpanExporter(endpoint=collector.spans)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("GET /", kind=opentelemetry.SpanKind.SERVER) as server:
        kind, attributes = opentelemetry.SpanKind.CLIENT, {"net.peer.name": "service-b.sample"}
        with tracer.start_as_current_span("GET", kind=kind, attributes=attributes) as client:
            context = client.get_span_context()
            digits = opentelemetry.format_trace_id(context.trace_id)
            trace_id = f"1-{digits[:8]}-{digits[8:]}"
            caller = opentelemetry.format_span_id(context.span_id)
            segment = Segment("service-b", traceid=trace_id, parent_id=caller)
            segment.close()
            UDPEmitter(f"127.0.0.1:{collector.daemon_port}").send_entity(segment)
    provider.shutdown()

    wait_for(lambda: len(_stored(cloud, trace_id).records) == 3)
    trace = _stored(cloud, trace_id)
    by_opentelemetry, by_xray = sorted(trace.segments, key=lambda each: each.name)
    (call,) = trace.subsegments_of(by_opentelemetry)
    assert by_opentelemetry.id == opentelemetry.format_span_id(server.get_span_context().span_id)
    assert (call.name, call.namespace) == ("service-b.sample", "remote")
    assert (by_xray.name, by_xray.parent_id) == ("service-b", call.id)
    assert trace.orphans == ()


@pytest.mark.parametrize("body", [b"{}", request_of(Span(name="a")).SerializeToString()])
def test_a_malformed_request_is_refused_and_the_next_good_one_arrives(
    cloud: Cloud, collector: Collector, body: bytes
) -> None:
    assert collector.post(body).status_code == 400
    span = new_span(Span.SPAN_KIND_SERVER)
    good = gzip.compress(request_of(span).SerializeToString())
    assert collector.post(good, **{"Content-Encoding": "gzip"}).status_code == 200
    wait_for(lambda: _stored(cloud, trace_id_of(span)).segments)


@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [("traces", "application/json", 415), ("metrics", "application/x-protobuf", 404)],
)
def test_only_spans_in_protobuf_are_taken(
    collector: Collector, path: str, content_type: str, status: int
) -> None:
    url = collector.spans.replace("traces", path)
    headers = {"Content-Type": content_type}
    assert requests.post(url, b"{}", headers=headers, timeout=5).status_code == status


def test_sampling_rules_are_asked_for_through_it(collector: Collector) -> None:
    url = f"http://127.0.0.1:{collector.daemon_port}/GetSamplingRules"
    (record,) = requests.post(url, timeout=5).json()["SamplingRuleRecords"]
    assert record["SamplingRule"]["RuleName"] == "Default"


def test_it_says_first_that_it_is_a_stand_in(collector: Collector) -> None:
    first, *_ = collector.log.read_text().splitlines()
    assert first == WHAT_THIS_IS


@pytest.mark.parametrize("exporter", [XRAY, OTLP])
def test_sigterm_sends_what_has_arrived(
    cloud: Cloud, tmp_path: Path, exporter: CollectorExporter
) -> None:
    spans = [new_span(Span.SPAN_KIND_SERVER) for _ in range(70)]
    segments = [new_segment() for _ in range(70)]
    credentials = user_allowed(cloud, *RIGHTS[exporter])
    with running_collector(cloud, tmp_path, credentials, exporter) as collector:
        for segment in segments:
            _send_datagram(collector, segment)
        assert collector.post(request_of(*spans).SerializeToString()).status_code == 200
        assert collector.end() == 0
    trace_ids = [trace_id_of(span) for span in spans] + [each["trace_id"] for each in segments]
    assert all(len(_stored(cloud, trace_id).segments) == 1 for trace_id in trace_ids)


def test_spans_go_to_the_otlp_endpoint_as_they_came_and_signed(
    cloud: Cloud, tmp_path: Path
) -> None:
    received: list[tuple[str, bytes, dict[str, str]]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body, dict(self.headers.items())))
            self.send_response(429)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"slow")

    endpoint = HTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=endpoint.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{endpoint.server_port}"
    body = gzip.compress(request_of(new_span(Span.SPAN_KIND_SERVER)).SerializeToString())
    with running_collector(
        cloud, tmp_path, AwsCredentials("rehearsal", "rehearsal"), OTLP, endpoint=url
    ) as collector:
        answer = collector.post(body, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.content) == (429, b"slow")
    ((path, forwarded, headers),) = received
    assert (path, forwarded) == ("/v1/traces", body)
    assert headers["Content-Encoding"] == "gzip"
    assert f"/{REGION}/xray/aws4_request" in headers["Authorization"]


def test_attributes_that_are_to_be_indexed_become_annotations(cloud: Cloud, tmp_path: Path) -> None:
    span = new_span(Span.SPAN_KIND_SERVER, {"colour": "red", "size": "big"})
    credentials = user_allowed(cloud, *RIGHTS[XRAY])
    with running_collector(
        cloud, tmp_path, credentials, indexed_attributes=("colour",)
    ) as collector:
        collector.post(request_of(span).SerializeToString())
        wait_for(lambda: _stored(cloud, trace_id_of(span)).segments)
    (segment,) = _stored(cloud, trace_id_of(span)).segments
    assert segment.annotations == {"colour": "red"}


@pytest.mark.parametrize("exporter", [XRAY, OTLP])
def test_another_role_writes_where_one_is_named(
    cloud: Cloud, tmp_path: Path, exporter: CollectorExporter
) -> None:
    iam, name = cloud.client("iam"), f"writer-{secrets.token_hex(4)}"
    trust = trusting({"AWS": "*"}, "sts:AssumeRole")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    iam.put_role_policy(
        RoleName=name, PolicyName="write", PolicyDocument=allowing(*RIGHTS[exporter])
    )
    own = user_allowed(cloud, "sts:AssumeRole")
    span = new_span(Span.SPAN_KIND_SERVER)
    with running_collector(cloud, tmp_path, own, exporter, role_arn=role["Arn"]) as collector:
        assert collector.post(request_of(span).SerializeToString()).status_code == 200
        wait_for(lambda: _stored(cloud, trace_id_of(span)).segments)
        url = f"http://127.0.0.1:{collector.daemon_port}/GetSamplingRules"
        assert requests.post(url, timeout=5).status_code == 200


def _changed(path: str, value: Any) -> dict[str, Any]:
    """Give a configuration with something else at a path of keys, or without what is there."""
    configuration = program_configuration(way_out(XRAY))
    *above, last = path.split(".")
    part = configuration
    for key in above:
        part = part[key]
    part[last] = value
    return configuration


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        (
            program_configuration(way_to_gateway("gateway.xray", MEMORY_MIB)),
            "has a pipeline that ends in 'loadbalancing', which can't be rehearsed; it must end in "
            "'awsxray' or 'otlphttp'.",
        ),
        (
            _changed("exporters.otlp/queue.endpoint", "elsewhere:4317"),
            "has a pipeline that ends in 'otlp/queue', which can't be rehearsed; it must end in "
            "'awsxray' or 'otlphttp'.",
        ),
        (_changed("exporters.awsxray.region", None), "has no exporters.awsxray.region."),
        (
            _changed("receivers.awsxray.endpoint", "2000"),
            "has a wrong receivers.awsxray.endpoint: '2000' is not address:port.",
        ),
        (_changed("service.pipelines", None), "has no pipeline from the receiver 'otlp'."),
    ],
)
def test_what_it_can_not_rehearse_ends_it_with_one_sentence(
    tmp_path: Path, configuration: dict[str, Any], said: str
) -> None:
    credentials = AwsCredentials("rehearsal", "rehearsal")
    process = start_collector(configuration, tmp_path, credentials, "http://127.0.0.1:9")
    assert process.wait(20) == 1
    sentence = f"--config {tmp_path / 'collector.yaml'} {said}"
    assert (tmp_path / "log").read_text().splitlines() == [WHAT_THIS_IS, sentence]


def test_as_a_readiness_gate_it_accepts_connections_until_it_is_told_to_stop(
    tmp_path: Path,
) -> None:
    port = free_port()
    gate = gate_configuration(IpFamily.IPV4)
    gate["receivers"]["otlp"]["protocols"]["http"]["endpoint"] = f"127.0.0.1:{port}"
    nobody = AwsCredentials("", "")
    process = start_collector(gate, tmp_path, nobody, "http://127.0.0.1:9")

    def is_open() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    wait_for(is_open)
    process.terminate()
    assert process.wait(8) == 0
    assert not is_open()


def test_a_file_that_is_not_there_ends_it_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "none.yaml"
    assert main([f"--config={file}"]) == 1
    _, said = capsys.readouterr().err.splitlines()
    assert said.startswith(f"--config {file} can't be read: ")
