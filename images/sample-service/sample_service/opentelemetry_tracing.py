"""Tracing by the OpenTelemetry SDK, in a form that becomes X-Ray's segments.

The SDK reads its own environment variables: OTEL_PROPAGATORS when this module is imported,
OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and the samplers other than X-Ray's when tracing
starts. X-Ray's propagator takes a caller's header only with a Parent in it; without one a new
trace begins.
"""

import re
import traceback
from collections.abc import Collection
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from flask import Flask, Response
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Sampler
from requests import PreparedRequest

from sample_service.identity import Identity
from sample_service.logs import log_once_per_reason
from sample_service.settings import Settings
from sample_service.values import RemoteSampling

# With the time to drain, less than the 30 seconds Kubernetes gives a pod to stop by default.
FLUSH_SECONDS = 5

# Each of these logs every attempt while the collector cannot be reached or offers no sampling
# rules.
_REPETITIVE_LOGGERS = (
    "amazon.opentelemetry.distro.sampler._aws_xray_sampling_client",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk._shared_internal",
)
# The collector makes annotations of the attributes which this one names.
_ANNOTATIONS = "aws.xray.annotations"
_STACK_FRAMES = 10
_RESPONSE_HEADER = "X-Amzn-Trace-Id"


class OpenTelemetryTracing:
    """The process's OpenTelemetry SDK."""

    def __init__(self, settings: Settings, identity: Identity) -> None:
        log_once_per_reason(_REPETITIVE_LOGGERS)
        self._annotations = identity.annotations
        resource = Resource.create(identity.resource())
        self._provider = TracerProvider(
            resource=resource,
            sampler=_sampler(settings.sampling, resource),
            id_generator=AwsXRayIdGenerator(),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        RequestsInstrumentor().instrument(
            tracer_provider=self._provider,
            request_hook=_name_peer,
            # The sampler's own calls.
            excluded_urls="/GetSamplingRules$,/SamplingTargets$",
        )

    def trace_requests(self, app: Flask, untraced: Collection[str]) -> None:
        """See `Tracing`."""
        paths = [rule.rule for each in untraced for rule in app.url_map.iter_rules(each)]

        def annotate(span: trace.Span, _environ: Any) -> None:
            span.set_attributes({**self._annotations, _ANNOTATIONS: list(self._annotations)})

        FlaskInstrumentor.instrument_app(
            app,
            tracer_provider=self._provider,
            request_hook=annotate,
            excluded_urls=",".join(rf"^https?://[^/]+{re.escape(path)}(\?|$)" for path in paths),
            enable_commenter=False,
        )
        app.after_request(_name_trace)

    def current_trace_id(self) -> str | None:
        """See `Tracing`."""
        context = trace.get_current_span().get_span_context()
        return _trace_id(context) if context.trace_flags.sampled else None

    def record_exception(self, error: BaseException) -> None:
        """See `Tracing`; the answer's status makes it a fault."""
        # Without the errors it came from: the collector can't read those of Python 3.11 or newer.
        stack = traceback.format_exception(error, limit=-_STACK_FRAMES, chain=False)
        trace.get_current_span().record_exception(error, {"exception.stacktrace": "".join(stack)})

    def end(self) -> None:
        """See `Tracing`."""
        # The SDK's own limit is 30 seconds.
        flush = Thread(target=self._provider.shutdown, daemon=True)
        flush.start()
        flush.join(FLUSH_SECONDS)


def _sampler(sampling: RemoteSampling | None, resource: Resource) -> Sampler | None:
    if sampling is None:
        return None
    return AwsXRayRemoteSampler(
        resource=resource,
        endpoint=sampling.endpoint,
        polling_interval=sampling.polling_seconds,
    )


def _name_peer(span: trace.Span, request: PreparedRequest) -> None:
    # X-Ray names the call by it, which else would be named GET.
    span.set_attribute("net.peer.name", urlsplit(request.url or "").hostname or "")


def _name_trace(response: Response) -> Response:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        response.headers[_RESPONSE_HEADER] = f"Root={_trace_id(context)}"
    return response


def _trace_id(context: trace.SpanContext) -> str:
    digits = trace.format_trace_id(context.trace_id)
    return f"1-{digits[:8]}-{digits[8:]}"
