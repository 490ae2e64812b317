"""Tracing by the AWS X-Ray SDK.

The SDK reads its own environment variables, such as AWS_XRAY_DAEMON_ADDRESS, when this module
is imported.
"""

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
from sample_service.logs import log_once_per_reason
from sample_service.settings import Settings

# Each of these logs a traceback at every attempt while the daemon cannot be reached or offers
# no sampling rules.
_REPETITIVE_LOGGERS = (
    "aws_xray_sdk.core.emitters.udp_emitter",
    "aws_xray_sdk.core.sampling.rule_poller",
    "aws_xray_sdk.core.sampling.target_poller",
)
_STACK_FRAMES = 10


class XRayTracing:
    """The process's X-Ray recorder.

    Among the SDK's plugins, EC2Plugin waits up to two seconds for an instance metadata service
    that does not answer.
    """

    def __init__(self, settings: Settings, identity: Identity) -> None:
        log_once_per_reason(_REPETITIVE_LOGGERS)
        xray_recorder.configure(
            service=settings.tracing_name,
            plugins=settings.plugins,
            context_missing="LOG_ERROR",
        )
        patch(("requests",))
        self._identity = identity

    def trace_requests(self, app: Flask, untraced: Collection[str]) -> None:
        """See `Tracing`.

        In place of the SDK's own middleware, which cannot leave routes out and does not record
        the stack of an exception that has been answered.
        """

        def begin_segment() -> None:
            if request.endpoint not in untraced:
                self._begin_segment()

        app.before_request(begin_segment)
        app.after_request(_describe_response)
        app.teardown_request(_end_segment)

    def current_trace_id(self) -> str | None:
        """See `Tracing`."""
        segment = g.get("segment")
        return segment.trace_id if segment is not None and segment.sampled else None

    def record_exception(self, error: BaseException) -> None:
        """See `Tracing`; an exception which a subsegment holds already is referred to by its ID."""
        segment = g.get("segment")
        if segment is not None:
            stack = traceback.extract_tb(error.__traceback__)[-_STACK_FRAMES:]
            segment.add_exception(error, stack)

    def end(self) -> None:
        """See `Tracing`; each segment was sent as soon as it ended."""

    def _begin_segment(self) -> None:
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
        segment.set_aws(self._identity.merged_aws(segment.aws))
        for key, value in self._identity.annotations.items():
            segment.put_annotation(key, value)
        segment.put_http_meta(http.METHOD, request.method)
        segment.put_http_meta(http.URL, request.base_url)
        segment.put_http_meta(http.USER_AGENT, request.headers.get("User-Agent"))
        segment.put_http_meta(http.CLIENT_IP, request.remote_addr)
        if request.access_route and request.access_route[0] != request.remote_addr:
            segment.put_http_meta(http.CLIENT_IP, request.access_route[0])
            segment.put_http_meta(http.X_FORWARDED_FOR, True)


def _describe_response(response: Response) -> Response:
    segment = g.get("segment")
    if segment is not None:
        segment.put_http_meta(http.STATUS, response.status_code)
        segment.put_http_meta(http.CONTENT_LENGTH, response.content_length)
        response.headers[http.XRAY_HEADER] = prepare_response_header(
            segment.get_origin_trace_header(), segment
        )
    return response


def _end_segment(_error: BaseException | None) -> None:
    if "segment" in g:
        xray_recorder.end_segment()
