"""X-Ray's OTLP endpoint, which moto lacks: spans become segments that X-Ray's API gives back."""

from typing import Any, Final

from moto.xray import urls
from moto.xray.responses import XRayResponse

from ..span_segments import (
    PROTOBUF,
    TRACES_PATH,
    MalformedRequestError,
    accepted,
    read_request,
    segments_in,
)

ACTION: Final = "PutSpans"
"""What IAM is asked about (CloudWatch user guide, OTLP endpoints)."""


def add_otlp_endpoint() -> None:
    """Adds the endpoint to moto, once for the process."""
    urls.url_paths[f"{{0}}{TRACES_PATH}$"] = OtlpResponse.dispatch


class OtlpResponse(XRayResponse):
    """Answers one request; moto names its method after the action."""

    use_raw_body = True

    def __init__(self) -> None:
        super().__init__()
        # What was signed is what came, compressed or not.
        self.allow_request_decompression = False

    def put_spans(self) -> tuple[bytes, dict[str, Any]]:
        """Keeps the spans of an ExportTraceServiceRequest as segments."""
        try:
            request = read_request(self.raw_body, self.headers.get("Content-Encoding"))
        except MalformedRequestError as error:
            return str(error).encode(), {"status": 400, "Content-Type": "text/plain"}
        for document in segments_in(request):
            self.xray_backend.process_segment(document)
        return accepted(), {"status": 200, "Content-Type": PROTOBUF}

    def _get_action(self) -> str:
        return ACTION
