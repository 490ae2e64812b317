"""Makes X-Ray's segment documents of OpenTelemetry's spans, as a collector's exporter does.

What the sample services' spans need: HTTP, exceptions and EKS. It knows no databases, no calls to
AWS's own services and no span links (open-telemetry/opentelemetry-collector-contrib,
exporter/awsxrayexporter/internal/translator).
"""

from .request import (
    PROTOBUF,
    TRACES_PATH,
    MalformedRequestError,
    accepted,
    read_request,
    segments_in,
)

__all__ = [
    "PROTOBUF",
    "TRACES_PATH",
    "MalformedRequestError",
    "accepted",
    "read_request",
    "segments_in",
]
