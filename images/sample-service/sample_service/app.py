"""The service's HTTP routes."""

import logging
import random
import time
from typing import Any

import requests
from flask import Flask
from werkzeug import Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sample_service.settings import Settings
from sample_service.tracing import start_tracing

log = logging.getLogger(__name__)


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
