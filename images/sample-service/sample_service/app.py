"""The service's HTTP routes, and the SDK that traces them."""

import logging
import random
import time
from typing import Any, Protocol

import requests
from flask import Flask
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sample_service.settings import Settings

log = logging.getLogger(__name__)


class Tracing(Protocol):
    """What the service asks of an SDK."""

    def current_trace_id(self) -> str | None:
        """Returns the current request's trace id in X-Ray's form, or None if it isn't sampled."""

    def record_exception(self, error: Exception) -> None:
        """Records an exception in the current request's segment."""


class RandomFaultError(Exception):
    """The fault that FAULT_PERCENT asks for."""


def create_app(settings: Settings) -> DispatcherMiddleware:
    """Returns the traced application, with the untraced `/healthz` of the probes beside it."""
    app = Flask("sample_service", static_folder=None)
    tracing = start_tracing(settings, app)

    def body(**more: Any) -> dict[str, Any]:
        pod, trace_id = settings.pod.get("pod"), tracing.current_trace_id()
        return {"service": settings.name, "pod": pod, "trace_id": trace_id, **more}

    def index() -> dict[str, Any]:
        time.sleep(random.uniform(0, settings.delay_milliseconds) / 1000)
        if random.uniform(0, 100) < settings.fault_percent:
            raise RandomFaultError(f"one of the {settings.fault_percent:g} % that fail at random")
        if settings.downstream_url is None:
            return body()
        response = requests.get(settings.downstream_url, timeout=5)
        response.raise_for_status()
        return body(downstream=response.json())

    def answer_error(error: Exception) -> tuple[dict[str, Any], int] | HTTPException:
        if isinstance(error, HTTPException):
            return error
        status = 502 if isinstance(error, requests.RequestException) else 500
        log.error("Answering %d: %s", status, error)
        tracing.record_exception(error)
        return body(error=f"{type(error).__name__}: {error}"), status

    app.add_url_rule("/", view_func=index)
    app.register_error_handler(Exception, answer_error)
    return DispatcherMiddleware(app, {"/healthz": Response("ok")})


def start_tracing(settings: Settings, app: Flask) -> Tracing:
    """Traces an application's requests and the calls that it makes by `requests`.

    Only the chosen SDK is imported: it reads its variables at its import, and takes memory.
    """
    if settings.opentelemetry:
        from sample_service.opentelemetry_tracing import OpenTelemetryTracing

        return OpenTelemetryTracing(settings, app)
    from sample_service.xray_tracing import XRayTracing

    return XRayTracing(settings, app)
