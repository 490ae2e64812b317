"""Tracing of a Flask application, by the SDK that the settings choose."""

from typing import Protocol

from flask import Flask

from sample_service.settings import Settings


class Tracing(Protocol):
    """What the service asks of an SDK."""

    def current_trace_id(self) -> str | None:
        """Returns the current request's trace id in X-Ray's form, or None if it isn't sampled."""

    def record_exception(self, error: Exception) -> None:
        """Records an exception in the current request's segment."""


def start_tracing(settings: Settings, app: Flask) -> Tracing:
    """Traces an application's requests and the calls that it makes by `requests`.

    Only the chosen SDK is imported: it reads its variables at its import, and takes memory.
    """
    if settings.opentelemetry:
        from sample_service.opentelemetry_tracing import OpenTelemetryTracing

        return OpenTelemetryTracing(settings, app)
    from sample_service.xray_tracing import XRayTracing

    return XRayTracing(settings, app)
