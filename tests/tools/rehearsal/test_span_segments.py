"""What X-Ray's segments are made of spans; a real collector's exporter makes the same of them."""

import gzip
import json
import traceback
from collections.abc import Mapping
from typing import Any, Final

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.tools.rehearsal.spans import PARENT, POD, new_span, request_of, trace_id_of
from tools.rehearsal.span_segments import MalformedRequestError, read_request, segments_in
from tools.traces import Status, assemble_trace

SERVER: Final = Span.SPAN_KIND_SERVER
CLIENT: Final = Span.SPAN_KIND_CLIENT
INTERNAL: Final = Span.SPAN_KIND_INTERNAL
PRODUCER: Final = Span.SPAN_KIND_PRODUCER
CONSUMER: Final = Span.SPAN_KIND_CONSUMER

SERVED: Final[Mapping[str, Any]] = {
    "http.method": "GET",
    "http.server_name": "0.0.0.0",
    "http.scheme": "http",
    "net.host.name": "service-b.sample:8080",
    "http.host": "service-b.sample:8080",
    "net.host.port": 8080,
    "http.target": "/?a=1",
    "net.peer.ip": "10.0.0.1",
    "http.user_agent": "curl",
    "http.flavor": "1.1",
    "http.status_code": 200,
}
"""Attributes as OpenTelemetry's instrumentation of Flask sets them."""


def _document(span: Span, resource: Mapping[str, Any] = POD, *indexed: str) -> dict[str, Any]:
    (document,) = segments_in(request_of(span, resource=resource), indexed)
    return json.loads(document)


def test_a_server_span_becomes_a_segment_of_its_service() -> None:
    span = new_span(SERVER, SERVED)
    document = _document(span)
    assert "type" not in document
    assert "namespace" not in document
    assert document["name"] == "service-b"
    assert (document["id"], document["parent_id"]) == (span.span_id.hex(), PARENT)
    assert document["trace_id"] == trace_id_of(span)
    assert document["start_time"] == span.start_time_unix_nano / 1e9
    assert document["end_time"] - document["start_time"] == pytest.approx(0.5)


def test_a_client_span_becomes_a_subsegment() -> None:
    attributes = {"http.url": "http://service-b.sample/", "net.peer.name": "service-b.sample"}
    document = _document(new_span(CLIENT, attributes))
    assert (document["type"], document["namespace"]) == ("subsegment", "remote")
    assert document["name"] == "service-b.sample"
    assert document["http"]["request"] == {"url": "http://service-b.sample/"}


@pytest.mark.parametrize(
    ("kind", "parent", "is_segment", "is_remote"),
    [
        (SERVER, PARENT, True, False),
        (CONSUMER, PARENT, True, False),
        (CLIENT, PARENT, False, True),
        (PRODUCER, PARENT, False, True),
        (INTERNAL, PARENT, False, False),
        (CLIENT, "", True, True),
        (INTERNAL, "", True, False),
    ],
)
def test_a_span_that_serves_or_has_no_parent_is_a_segment(
    kind: "Span.SpanKind.ValueType", parent: str, is_segment: bool, is_remote: bool
) -> None:
    document = _document(new_span(kind, parent=parent))
    assert ("type" not in document) == is_segment
    assert (document.get("namespace") == "remote") == is_remote
    assert document.get("parent_id", "") == parent


@pytest.mark.parametrize(
    ("kind", "attributes", "name"),
    [
        (SERVER, {"peer.service": "shop"}, "shop"),
        (SERVER, {"http.host": "shop"}, "service-b"),
        (CLIENT, {"peer.service": "shop", "http.host": "other"}, "shop"),
        (CLIENT, {"http.host": "shop", "net.peer.name": "other"}, "shop"),
        (CLIENT, {"net.peer.name": "shop"}, "shop"),
        (CLIENT, {"server.address": "shop"}, "GET"),
        (CONSUMER, {}, "GET"),
    ],
)
def test_a_segment_is_called_by_its_service_or_by_the_called_one(
    kind: "Span.SpanKind.ValueType", attributes: Mapping[str, str], name: str
) -> None:
    assert _document(new_span(kind, attributes))["name"] == name


def test_a_name_has_nothing_in_it_that_x_ray_does_not_take() -> None:
    assert _document(new_span(INTERNAL, name="a<b>(c) /d"))["name"] == "abc /d"
    assert _document(new_span(INTERNAL, name="<>"))["name"] == "span"


def test_http_tells_who_asked_for_what() -> None:
    assert _document(new_span(SERVER, SERVED))["http"] == {
        "request": {
            "method": "GET",
            "url": "http://service-b.sample:8080/?a=1",
            "user_agent": "curl",
            "client_ip": "10.0.0.1",
        },
        "response": {"status": 200, "content_length": 0},
    }


def test_http_is_told_by_its_newer_names_too() -> None:
    attributes = {
        "http.request.method": "GET",
        "url.scheme": "https",
        "server.address": "shop",
        "server.port": 8443,
        "url.path": "/a",
        "url.query": "b=1",
        "client.address": "10.0.0.1",
        "http.response.status_code": 404,
        "user_agent.original": "curl",
    }
    document = _document(new_span(SERVER, attributes))
    assert document["http"] == {
        "request": {
            "method": "GET",
            "url": "https://shop:8443/a?b=1",
            "user_agent": "curl",
            "client_ip": "10.0.0.1",
            "x_forwarded_for": True,
        },
        "response": {"status": 404, "content_length": 0},
    }
    assert document["error"]


@pytest.mark.parametrize(
    ("status", "failed", "flags"),
    [
        (200, None, (False, False, False)),
        (404, "Not Found", (False, True, False)),
        (429, None, (False, True, True)),
        (502, None, (True, False, False)),
        (200, "broken", (True, False, False)),
        (None, "broken", (True, False, False)),
        (None, None, (False, False, False)),
    ],
)
def test_a_failure_is_told_by_the_http_status_or_else_by_the_spans(
    status: int | None, failed: str | None, flags: tuple[bool, bool, bool]
) -> None:
    attributes = {} if status is None else {"http.status_code": status}
    document = _document(new_span(SERVER, attributes, failed=failed))
    assert (document["fault"], document["error"], document["throttle"]) == flags


def test_exceptions_are_the_cause_with_the_innermost_frame_first() -> None:
    def fail() -> None:
        raise ValueError("one, two")

    with pytest.raises(ValueError, match="one, two") as raised:
        fail()
    stack = "".join(traceback.format_exception(raised.value))
    told = {"type": "ValueError", "message": "one, two", "stacktrace": stack}
    (exception,) = _document(new_span(SERVER, exceptions=[told]))["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("ValueError", "one, two")
    assert not exception["remote"]
    assert [frame["label"] for frame in exception["stack"]] == [
        "fail",
        "test_exceptions_are_the_cause_with_the_innermost_frame_first",
    ]
    assert exception["stack"][0]["path"] == __file__
    assert exception["stack"][0]["line"] > 0


def test_exceptions_of_a_call_may_have_happened_on_the_other_side() -> None:
    span = new_span(CLIENT, exceptions=[{"type": "ConnectionError", "message": "no"}])
    (exception,) = _document(span)["cause"]["exceptions"]
    assert exception["remote"]
    assert len(exception["id"]) == 16


def test_what_a_failed_span_says_is_its_cause() -> None:
    (exception,) = _document(new_span(INTERNAL, failed="broken"))["cause"]["exceptions"]
    assert exception["message"] == "broken"


def test_only_attributes_that_are_named_become_annotations() -> None:
    attributes = {
        "pod_uid": "7c1f",
        "shop/order": 3,
        "colour": "red",
        "http.method": "GET",
        "parts": ["a"],
        "aws.xray.annotations": ["pod_uid", "shop/order", "parts"],
    }
    document = _document(new_span(SERVER, attributes), POD, "http.method")
    assert document["annotations"] == {"pod_uid": "7c1f", "shop_order": 3, "http.method": "GET"}
    assert document["metadata"]["default"]["colour"] == "red"
    assert "aws.xray.annotations" not in document["metadata"]["default"]


def test_metadata_has_what_is_told_nowhere_else() -> None:
    metadata = _document(new_span(SERVER, SERVED))["metadata"]["default"]
    assert metadata["http.flavor"] == "1.1"
    assert metadata["otel.resource.k8s.pod.name"] == "service-b-0"
    assert metadata.keys() & SERVED.keys() == {"http.flavor"}


def test_a_subsegment_does_not_repeat_the_resource() -> None:
    assert "metadata" not in _document(new_span(CLIENT))


def test_the_segment_says_which_pod_on_which_instance_made_it() -> None:
    document = _document(new_span(SERVER, SERVED))
    assert document["origin"] == "AWS::EKS::Container"
    assert document["aws"] == {
        "xray": {
            "sdk": "opentelemetry for python",
            "sdk_version": "1.44.0",
            "auto_instrumentation": False,
        },
        "eks": {"cluster_name": "demo", "pod": "service-b-0", "container_id": "c0ffee"},
        "ec2": {
            "instance_id": "i-0123456789abcdef0",
            "availability_zone": None,
            "instance_size": None,
            "ami_id": None,
        },
    }


def test_what_runs_elsewhere_has_no_origin() -> None:
    elsewhere = {**POD, "cloud.provider": "gcp", "cloud.platform": "gcp_kubernetes_engine"}
    document = _document(new_span(SERVER), elsewhere)
    assert not {"origin", "aws"} & document.keys()


def test_what_became_of_a_traces_spans_is_one_trace_again() -> None:
    server = new_span(SERVER, SERVED)
    client = new_span(CLIENT, {"http.status_code": 503}, parent=server.span_id.hex())
    inner = new_span(INTERNAL, parent=client.span_id.hex())
    request = request_of(inner, client, server)
    trace = assemble_trace(trace_id_of(server), list(segments_in(request)))
    (segment,) = trace.segments
    (call,) = trace.subsegments_of(segment)
    assert (call.id, call.status) == (client.span_id.hex(), Status.FAULT)
    assert [each.id for each in trace.subsegments_of(call)] == [inner.span_id.hex()]
    assert trace.orphans == ()


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_a_request_is_read_plain_or_compressed(encoding: str | None) -> None:
    request = request_of(new_span(SERVER))
    body = request.SerializeToString()
    assert read_request(gzip.compress(body) if encoding else body, encoding) == request


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"{}", None),
        (b"no gzip", "gzip"),
        (gzip.compress(b"cut off", mtime=0)[:-9], "gzip"),
        (request_of(Span(name="a")).SerializeToString(), None),
    ],
)
def test_a_body_that_is_no_request_is_malformed(body: bytes, encoding: str | None) -> None:
    with pytest.raises(MalformedRequestError):
        read_request(body, encoding)
