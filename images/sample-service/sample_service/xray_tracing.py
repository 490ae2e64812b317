"""Tracing by the X-Ray SDK, which finds the daemon by AWS_XRAY_DAEMON_ADDRESS."""

import re
import traceback
from typing import Any

from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from aws_xray_sdk.ext.util import construct_xray_header
from flask import Flask, request

from sample_service.identity import ORIGIN, aws_block
from sample_service.settings import Settings

IDS = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24} [0-9a-f]{16}")
"""A trace id and a segment id; X-Ray refuses segments with others (X-Ray segment documents)."""


class XRayTracing:
    """The process's X-Ray recorder; see `Tracing`."""

    def __init__(self, settings: Settings, app: Flask) -> None:
        xray_recorder.configure(
            service=settings.name, plugins=settings.plugins, context_missing="LOG_ERROR"
        )
        # Sampling rules for the service type AWS::EKS::Container apply, whatever plugins say.
        sampler: Any = xray_recorder.sampler
        sampler.load_settings(DaemonConfig(), xray_recorder.context, ORIGIN)
        patch(("requests",))
        app.before_request(_ignore_wrong_ids)
        XRayMiddleware(app, xray_recorder)
        self._pod = settings.pod
        app.before_request(self._identify_pod)

    def current_trace_id(self) -> str | None:
        """See `Tracing`."""
        segment = xray_recorder.current_segment()
        return segment.trace_id if segment.sampled else None

    def record_exception(self, error: Exception) -> None:
        """See `Tracing`; an exception that a subsegment holds already is referred to by its id."""
        stack = traceback.extract_tb(error.__traceback__, -xray_recorder.max_trace_back)
        xray_recorder.current_segment().add_exception(error, stack)

    def _identify_pod(self) -> None:
        segment: Any = xray_recorder.current_segment()
        segment.origin = ORIGIN
        segment.set_aws(aws_block(self._pod, segment.aws))
        for key, value in self._pod.items():
            segment.put_annotation(key, value)


def _ignore_wrong_ids() -> None:
    """Makes a request with a header that is no use start a trace of its own."""
    header = construct_xray_header(request.headers)
    if not IDS.fullmatch(f"{header.root} {header.parent or '0' * 16}"):
        for variable in ("HTTP_X_AMZN_TRACE_ID", "HTTP_HTTP_X_AMZN_TRACE_ID"):
            request.environ.pop(variable, None)
