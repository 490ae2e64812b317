"""Tracing by the OpenTelemetry SDK, in a form that becomes X-Ray segments.

The SDK itself reads OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_PROPAGATORS, and sends
the last spans when the process ends.
"""

import traceback
from urllib.parse import urlsplit

from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from flask import Flask
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from requests import PreparedRequest

from sample_service.identity import resource_attributes
from sample_service.settings import Settings


class OpenTelemetryTracing:
    """The process's OpenTelemetry SDK; see `Tracing`."""

    def __init__(self, settings: Settings, app: Flask) -> None:
        # The collector makes annotations of the attributes that this one names.
        attributes = {**settings.pod, "aws.xray.annotations": list(settings.pod)}
        resource = Resource.create(resource_attributes(settings.pod))
        provider = TracerProvider(
            resource=resource,
            sampler=AwsXRayRemoteSampler(resource, settings.sampling_url),
            id_generator=AwsXRayIdGenerator(),
        )
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        FlaskInstrumentor.instrument_app(
            app,
            tracer_provider=provider,
            request_hook=lambda span, _: span.set_attributes(attributes),
        )
        RequestsInstrumentor().instrument(
            tracer_provider=provider,
            request_hook=_name_peer,
            # The sampler's own calls.
            excluded_urls="/GetSamplingRules$,/SamplingTargets$",
        )

    def current_trace_id(self) -> str | None:
        """See `Tracing`."""
        context = trace.get_current_span().get_span_context()
        digits = trace.format_trace_id(context.trace_id)
        return f"1-{digits[:8]}-{digits[8:]}" if context.trace_flags.sampled else None

    def record_exception(self, error: Exception) -> None:
        """See `Tracing`; the answer's status makes it a fault."""
        # Without the errors it came from: the collector can't read those of Python 3.11 or newer.
        stack = traceback.format_exception(error, limit=-10, chain=False)
        trace.get_current_span().record_exception(error, {"exception.stacktrace": "".join(stack)})


def _name_peer(span: trace.Span, request: PreparedRequest) -> None:
    # X-Ray names the call by it, instead of GET.
    span.set_attribute("net.peer.name", urlsplit(request.url or "").hostname or "")
