"""Tracing of a Flask application by the AWS X-Ray SDK.

The SDK reads its own environment variables, such as AWS_XRAY_DAEMON_ADDRESS, when this module
is imported.
"""

import logging
import traceback
from collections.abc import Collection
from typing import Any

from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.models import http
from aws_xray_sdk.ext.util import (
    calculate_sampling_decision,
    construct_xray_header,
    prepare_response_header,
)
from flask import Flask, Response, g, request

from sample_service.identity import ORIGIN, Identity

# Each of these logs a traceback at every attempt while the daemon cannot be reached or offers
# no sampling rules.
_REPETITIVE_LOGGERS = (
    "aws_xray_sdk.core.emitters.udp_emitter",
    "aws_xray_sdk.core.sampling.rule_poller",
    "aws_xray_sdk.core.sampling.target_poller",
)
_STACK_FRAMES = 10


class OncePerReason(logging.Filter):
    """Lets a logged exception through once, as one line, and not again while it stays the same."""

    def __init__(self) -> None:
        super().__init__()
        self._reasons: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Decide whether the record is logged, and take its traceback away.

        Args:
            record: The record to be logged.

        Returns:
            False for an exception which was logged before.
        """
        if not record.exc_info or record.exc_info[0] is None:
            return True
        reason = f"{record.getMessage()} {record.exc_info[0].__name__}: {record.exc_info[1]}"
        reason = " ".join(reason.split())
        record.msg, record.args, record.exc_info = reason, None, None
        if reason in self._reasons:
            return False
        self._reasons.add(reason)
        return True


def configure_recorder(tracing_name: str, plugins: Collection[str]) -> None:
    """Configure the process's X-Ray recorder and trace outgoing calls of `requests`.

    Args:
        tracing_name: The name of the segments.
        plugins: The SDK's plugins to enable. EC2Plugin waits up to two seconds for an instance
            metadata service that does not answer.
    """
    for name in _REPETITIVE_LOGGERS:
        logging.getLogger(name).addFilter(OncePerReason())
    xray_recorder.configure(
        service=tracing_name, plugins=tuple(plugins), context_missing="LOG_ERROR"
    )
    patch(("requests",))


def trace_requests(app: Flask, identity: Identity, untraced: Collection[str]) -> None:
    """Open a segment before each request of an application and send it after the answer.

    In place of the SDK's own middleware, which cannot leave routes out and does not record the
    stack of an exception that has been answered.

    Args:
        app: The application.
        identity: What each segment says of this pod.
        untraced: The endpoints which make no segment.
    """

    def begin_segment() -> None:
        if request.endpoint in untraced:
            return
        header = construct_xray_header(request.headers)
        sampling = calculate_sampling_decision(
            header,
            xray_recorder,
            {
                "host": request.host,
                "method": request.method,
                "path": request.path,
                "service": xray_recorder.service,
                "service_type": ORIGIN,
            },
        )
        segment: Any = xray_recorder.begin_segment(
            traceid=header.root, parent_id=header.parent, sampling=sampling
        )
        g.segment = segment
        segment.save_origin_trace_header(header)
        segment.origin = ORIGIN
        segment.set_aws(identity.merged_aws(segment.aws))
        for key, value in identity.annotations.items():
            segment.put_annotation(key, value)
        segment.put_http_meta(http.METHOD, request.method)
        segment.put_http_meta(http.URL, request.base_url)
        segment.put_http_meta(http.USER_AGENT, request.headers.get("User-Agent"))
        segment.put_http_meta(http.CLIENT_IP, request.remote_addr)
        if request.access_route and request.access_route[0] != request.remote_addr:
            segment.put_http_meta(http.CLIENT_IP, request.access_route[0])
            segment.put_http_meta(http.X_FORWARDED_FOR, True)

    def describe_response(response: Response) -> Response:
        segment = g.get("segment")
        if segment is not None:
            segment.put_http_meta(http.STATUS, response.status_code)
            segment.put_http_meta(http.CONTENT_LENGTH, response.content_length)
            response.headers[http.XRAY_HEADER] = prepare_response_header(
                segment.get_origin_trace_header(), segment
            )
        return response

    def end_segment(_error: BaseException | None) -> None:
        if "segment" in g:
            xray_recorder.end_segment()

    app.before_request(begin_segment)
    app.after_request(describe_response)
    app.teardown_request(end_segment)


def current_trace_id() -> str | None:
    """Give the ID of the trace which the current request belongs to.

    Returns:
        The ID, or None where the request is not traced or not sampled.
    """
    segment = g.get("segment")
    return segment.trace_id if segment is not None and segment.sampled else None


def record_exception(error: BaseException) -> None:
    """Record an exception as a fault in the current request's segment, if there is one.

    Args:
        error: The exception. One which a subsegment holds already is referred to by its ID.
    """
    segment = g.get("segment")
    if segment is not None:
        stack = traceback.extract_tb(error.__traceback__)[-_STACK_FRAMES:]
        segment.add_exception(error, stack)
