"""The OpenTelemetry collector's place taken by the test: it takes spans and has sampling rules."""

import json
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from tests.images.sample_service.sample_service_process import (
    Service,
    new_trace_id,
    running_process,
    wait_for,
)

CALLER = "53995c3f42cd8ad8"
SAMPLED = f"Parent={CALLER};Sampled=1"
NOT_SAMPLED = f"Parent={CALLER};Sampled=0"


@dataclass(frozen=True)
class Span:
    """A span that came, with its ids as X-Ray writes them."""

    service: str
    name: str
    kind: str
    trace_id: str
    id: str
    parent_id: str | None
    status: str
    attributes: Mapping[str, Any]
    events: list[tuple[str, Mapping[str, Any]]]
    resource: Mapping[str, Any]

    @property
    def annotations(self) -> dict[str, Any]:
        """What the collector makes the segment's annotations of."""
        return {key: self.attributes[key] for key in self.attributes["aws.xray.annotations"]}

    @property
    def exceptions(self) -> list[Mapping[str, Any]]:
        return [attributes for name, attributes in self.events if name == "exception"]


class Collector:
    """Where the service sends its spans and asks for sampling rules."""

    def __init__(self, sampling_rules: list[dict[str, Any]] | None = None) -> None:
        self.spans: list[Span] = []
        self.questions = 0
        self.statistics: list[dict[str, Any]] = []
        self.unexpected: list[str] = []
        collector = self

        class Calls(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer, status = b"", 200
                if self.path == "/v1/traces":
                    collector.spans += _spans_in(body)
                elif self.path == "/GetSamplingRules" and sampling_rules is not None:
                    collector.questions += 1
                    rules = [{"SamplingRule": rule} for rule in sampling_rules]
                    answer = json.dumps({"SamplingRuleRecords": rules}).encode()
                elif self.path == "/SamplingTargets":
                    collector.statistics += json.loads(body)["SamplingStatisticsDocuments"]
                    answer = b'{"SamplingTargetDocuments": [], "LastRuleModification": 0}'
                else:
                    status = 404
                    collector.unexpected.append(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Calls)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def spans_of(self, trace_id: str) -> list[Span]:
        return [span for span in list(self.spans) if span.trace_id == trace_id]

    def trace(self, trace_id: str, spans: int) -> dict[tuple[str, str], Span]:
        """Wait for so many spans of a trace, and give them by their service and kind."""

        def arrived() -> dict[tuple[str, str], Span] | None:
            found = self.spans_of(trace_id)
            return (
                {(span.service, span.kind): span for span in found} if len(found) >= spans else {}
            )

        return wait_for(arrived, 30)


@contextmanager
def running_opentelemetry_service(
    name: str, url: str, log: Path, **variables: str
) -> Generator[Service]:
    """Run the service traced by the OpenTelemetry SDK, which sends to a collector at the URL."""
    with running_process(
        log,
        **{
            "OTEL_SERVICE_NAME": name,
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_PROPAGATORS": "xray",
            "OTEL_TRACES_SAMPLER": "xray",
            "OTEL_TRACES_SAMPLER_ARG": f"endpoint={url}",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            **variables,
        },
    ) as service:
        yield service


def served(collector: Collector, service: Service) -> Span:
    """Give the span of a request that is part of a sampled trace."""
    trace_id = new_trace_id()
    service.get(trace_id=trace_id, more=SAMPLED)
    return collector.trace(trace_id, 1)["service-b", "SERVER"]


def _spans_in(body: bytes) -> list[Span]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        _span(span, _values(of_resource.resource.attributes))
        for of_resource in request.resource_spans
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    ]


def _span(span: trace_pb2.Span, resource: Mapping[str, Any]) -> Span:
    digits = span.trace_id.hex()
    return Span(
        service=resource["service.name"],
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        trace_id=f"1-{digits[:8]}-{digits[8:]}",
        id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        status=trace_pb2.Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
        attributes=_values(span.attributes),
        events=[(event.name, _values(event.attributes)) for event in span.events],
        resource=resource,
    )


def _values(attributes: Any) -> dict[str, Any]:
    pairs: list[KeyValue] = list(attributes)
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
