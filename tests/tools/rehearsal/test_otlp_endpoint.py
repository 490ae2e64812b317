"""X-Ray's OTLP endpoint on this machine: spans that it takes are traces of X-Ray's API."""

import gzip
import json
from collections.abc import Generator
from typing import Final

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.tools.rehearsal.iam_user import user_allowed
from tests.tools.rehearsal.spans import new_span, request_of, trace_id_of
from tools.rehearsal.aws.cloud import Cloud
from tools.rehearsal.aws.moto_server import start_cloud

REGION: Final = "eu-central-1"


@pytest.fixture(scope="module")
def cloud() -> Generator[Cloud]:
    with start_cloud(REGION) as started:
        yield started


def _post(
    cloud: Cloud, body: bytes, *, action: str = "xray:PutSpans", encoding: str | None = None
) -> requests.Response:
    allowed = user_allowed(cloud, action)
    headers = {"Content-Type": "application/x-protobuf"}
    if encoding:
        headers["Content-Encoding"] = encoding
    url = f"{cloud.endpoint}/v1/traces"
    request = AWSRequest("POST", url, headers, data=body)
    credentials = Credentials(allowed.access_key_id, allowed.secret_access_key)
    SigV4Auth(credentials, "xray", REGION).add_auth(request)
    return requests.post(url, body, headers=dict(request.headers.items()), timeout=10)


def _stored(cloud: Cloud, span: Span) -> list[str]:
    traces = cloud.client("xray").batch_get_traces(TraceIds=[trace_id_of(span)])["Traces"]
    documents = [json.loads(each["Document"]) for trace in traces for each in trace["Segments"]]
    return [document["name"] for document in documents]


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_spans_are_segments_of_x_rays_api(cloud: Cloud, encoding: str | None) -> None:
    span = new_span(Span.SPAN_KIND_SERVER)
    body = request_of(span).SerializeToString()
    answer = _post(cloud, gzip.compress(body) if encoding else body, encoding=encoding)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/x-protobuf")
    assert ExportTraceServiceResponse.FromString(answer.content) == ExportTraceServiceResponse()
    assert _stored(cloud, span) == ["service-b"]


def test_iam_is_asked_about_spans_not_segments(cloud: Cloud) -> None:
    span = new_span(Span.SPAN_KIND_SERVER)
    body = request_of(span).SerializeToString()
    answer = _post(cloud, body, action="xray:PutTraceSegments")
    assert answer.status_code == 403
    assert "xray:PutSpans" in answer.text
    assert _stored(cloud, span) == []


def test_a_malformed_request_is_refused(cloud: Cloud) -> None:
    answer = _post(cloud, b"{}")
    assert answer.status_code == 400
    assert b"not an ExportTraceServiceRequest" in answer.content
