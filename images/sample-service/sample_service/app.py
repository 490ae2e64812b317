"""The service's HTTP routes."""

import logging
import random
import time
from typing import Any

import requests
from flask import Flask
from werkzeug.exceptions import HTTPException

from sample_service.settings import Settings
from sample_service.tracing import Tracing

DOWNSTREAM_TIMEOUT_SECONDS = 5

log = logging.getLogger(__name__)


class RandomFaultError(Exception):
    """The fault which FAULT_PERCENT asks for."""


class DownstreamError(Exception):
    """The downstream service gave no answer, or one that says it failed.

    Attributes:
        answer: The body of its answer, where it was JSON.
    """

    def __init__(self, message: str, answer: Any = None) -> None:
        super().__init__(message)
        self.answer = answer


def create_app(settings: Settings, tracing: Tracing) -> Flask:
    """Make the service's application.

    Args:
        settings: The service's settings.
        tracing: What traces its requests.

    Returns:
        The application.
    """
    app = Flask("sample_service", static_folder=None)

    def body(**more: Any) -> dict[str, Any]:
        return {
            "service": settings.tracing_name,
            "pod": settings.pod_name,
            "trace_id": tracing.current_trace_id(),
            **more,
        }

    def index() -> dict[str, Any]:
        time.sleep(random.uniform(0, settings.delay_milliseconds) / 1000)
        if random.uniform(0, 100) < settings.fault_percent:
            raise RandomFaultError(f"one of the {settings.fault_percent:g} % which fail at random")
        if settings.downstream_url is None:
            return body()
        return body(downstream=call_downstream(settings.downstream_url))

    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    def answer_downstream_error(error: DownstreamError) -> tuple[dict[str, Any], int]:
        log.warning("Answering 502: %s.", error)
        tracing.record_exception(error.__cause__ or error)
        return body(error=str(error), downstream=error.answer), 502

    def answer_error(error: Exception) -> tuple[dict[str, Any], int] | HTTPException:
        if isinstance(error, HTTPException):
            return error
        expected = isinstance(error, RandomFaultError)
        log.error("Answering 500: %s.", error, exc_info=None if expected else error)
        tracing.record_exception(error)
        return body(error=f"{type(error).__name__}: {error}"), 500

    app.add_url_rule("/", view_func=index)
    app.add_url_rule("/healthz", view_func=healthz)
    app.register_error_handler(DownstreamError, answer_downstream_error)
    app.register_error_handler(Exception, answer_error)
    tracing.trace_requests(app, untraced=("healthz",))
    return app


def call_downstream(url: str) -> Any:
    """Call the downstream service as part of the current trace.

    Args:
        url: The service's URL.

    Returns:
        The JSON value it answered.

    Raises:
        DownstreamError: It did not answer in time, answered a status other than 2xx, or
            something that is not JSON.
    """
    try:
        response = requests.get(url, timeout=DOWNSTREAM_TIMEOUT_SECONDS)
    except requests.RequestException as error:
        raise DownstreamError(f"{url} did not answer: {type(error).__name__}") from error
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        answer = None
    if not response.ok:
        raise DownstreamError(f"{url} answered {response.status_code}", answer)
    if answer is None:
        raise DownstreamError(f"{url} answered something that is not JSON")
    return answer
