"""Tracing of a Flask application, by the SDK which the settings choose."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from flask import Flask

from sample_service.identity import Identity
from sample_service.settings import Sdk, Settings

BOTOCORE_DATA = Path(__file__).with_name("botocore_data")


class Tracing(Protocol):
    """What the service asks of an SDK."""

    def trace_requests(self, app: Flask, untraced: Collection[str]) -> None:
        """Open a segment before each request of an application and send it after the answer.

        Args:
            app: The application, with its routes.
            untraced: The endpoints which make no segment.
        """
        ...

    def current_trace_id(self) -> str | None:
        """Give the ID of the trace which the current request belongs to.

        Returns:
            The ID in X-Ray's form, or None where the request is not traced or not sampled.
        """
        ...

    def record_exception(self, error: BaseException) -> None:
        """Record an exception as a fault in the current request's segment, if there is one.

        Args:
            error: The exception.
        """
        ...

    def end(self) -> None:
        """Send what has not been sent yet, in a few seconds or not at all."""
        ...


def start_tracing(settings: Settings, identity: Identity) -> Tracing:
    """Configure the SDK for the process, and trace outgoing calls of `requests`.

    Each SDK is imported only where it is chosen: it reads its environment variables when it is
    imported, and takes memory.

    Args:
        settings: The service's settings.
        identity: What each segment says of this pod.

    Returns:
        The SDK.
    """
    if settings.sdk is Sdk.OPENTELEMETRY:
        from sample_service.opentelemetry_tracing import OpenTelemetryTracing

        return OpenTelemetryTracing(settings, identity)

    # The X-Ray SDK makes botocore clients for the daemon's address alone: botocore's own table of
    # all AWS endpoints, replaced here by an empty one, would take 20 MB of memory.
    os.environ["AWS_DATA_PATH"] = str(BOTOCORE_DATA)
    from sample_service.xray_tracing import XRayTracing

    return XRayTracing(settings, identity)
