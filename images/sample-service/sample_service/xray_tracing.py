"""Tracing by the X-Ray SDK, which finds the daemon by AWS_XRAY_DAEMON_ADDRESS."""

import traceback
from typing import Any

from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.daemon_config import DaemonConfig
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

from sample_service.identity import ORIGIN, aws_block
from sample_service.settings import Settings


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
