"""Where spans go that came by OTLP: into the queue of segments, or on to X-Ray's OTLP endpoint."""

import logging
import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import requests
from botocore.auth import SigV4Auth
from botocore.exceptions import BotoCoreError, ClientError

from tools.rehearsal.span_segments import PROTOBUF, accepted, read_request, segments_in
from tools.rehearsal.stand_in.aws import post_signed

FORWARDED_HEADERS: Final = ("Content-Type", "Content-Encoding")
"""What a body can't be read without."""

log = logging.getLogger("stand_in")


@dataclass(frozen=True)
class Answer:
    """What is answered to a request by OTLP/HTTP."""

    status: int
    body: bytes
    content_type: str = PROTOBUF


def refusal(status: int, reason: str) -> Answer:
    """Returns the answer to a request that is not taken."""
    return Answer(status, reason.encode(), "text/plain")


class SpanExporter(Protocol):
    """Takes the spans of one request after the other; from several threads."""

    def export(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Takes a request's spans.

        Raises:
            MalformedRequestError: It can't be read.
        """
        ...


class SegmentExporter:
    """Makes segments of spans, and puts them where those go that came by UDP."""

    def __init__(
        self, segments: "queue.Queue[str | None]", indexed_attributes: Sequence[str]
    ) -> None:
        self._segments = segments
        self._indexed_attributes = indexed_attributes

    def export(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """See `SpanExporter`."""
        request = read_request(body, headers.get("Content-Encoding"))
        for document in segments_in(request, self._indexed_attributes):
            self._segments.put(document)
        return Answer(200, accepted())


class SpanForwarder:
    """Signs a request and sends it on as it came; the answer is X-Ray's own."""

    def __init__(self, signer: SigV4Auth, traces_endpoint: str) -> None:
        self._signer = signer
        self._traces_endpoint = traces_endpoint

    def export(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """See `SpanExporter`."""
        read_request(body, headers.get("Content-Encoding"))
        kept = {name: headers[name] for name in FORWARDED_HEADERS if headers.get(name)}
        try:
            answer = post_signed(self._signer, self._traces_endpoint, body, kept)
        except (requests.RequestException, BotoCoreError, ClientError) as error:
            log.error("X-Ray's OTLP endpoint was not reached: %s", " ".join(str(error).split()))
            return refusal(502, type(error).__name__)
        if not answer.ok:
            log.error("X-Ray's OTLP endpoint did not take spans: %s", " ".join(answer.text.split()))
        content_type = answer.headers.get("Content-Type", PROTOBUF)
        return Answer(answer.status_code, answer.content, content_type)
