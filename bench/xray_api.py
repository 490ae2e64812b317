"""A sink in the place of AWS X-Ray: counts the segments that come, or refuses them on purpose."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from rehearsal.span_segments import TRACES_PATH

THROTTLED: Final = {"x-amzn-ErrorType": "ThrottledException"}
"""How AWS X-Ray says that it is asked too much (X-Ray API reference, PutTraceSegments)."""

PREFIX_LENGTH: Final = 4
"""Hexadecimal digits of a segment's id that say whose it is."""

SEGMENTS_PATH: Final = "/TraceSegments"
"""Of the action PutTraceSegments."""

NOT_COUNTED: Final = ("/TelemetryRecords", TRACES_PATH)
"""A daemon's telemetry, and spans, which try how fast a sender is."""


class Mood(Enum):
    """How the API answers."""

    WELL = "well"
    THROTTLING = "throttling"
    DOWN = "down"


@dataclass(frozen=True)
class Answer:
    """What a call is answered."""

    status: int = 200
    content: str = "{}"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Traffic:
    """Calls of PutTraceSegments that were taken, and what they were made of."""

    calls: int = 0
    header_bytes: int = 0
    """Request lines and headers, as HTTP/1.1 has them; TLS is not counted."""

    body_bytes: int = 0

    @property
    def bytes(self) -> int:
        """Returns the size of the requests."""
        return self.header_bytes + self.body_bytes

    def __add__(self, other: "Traffic") -> "Traffic":
        return Traffic(
            self.calls + other.calls,
            self.header_bytes + other.header_bytes,
            self.body_bytes + other.body_bytes,
        )


class XRayApi:
    """What came, by the identity of each segment."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.mood = Mood.WELL
        self._lock = threading.Lock()
        self._arrived: defaultdict[str, set[str]] = defaultdict(set)
        self._traffic: defaultdict[str, Traffic] = defaultdict(Traffic)

    def arrived(self, prefix: str) -> set[str]:
        """Returns the segments that came of one sender, whose ids start with its prefix."""
        with self._lock:
            return set(self._arrived[prefix])

    def count(self, prefix: str) -> int:
        """Returns how many came of one sender."""
        with self._lock:
            return len(self._arrived[prefix])

    def traffic(self, prefix: str) -> Traffic:
        """Returns the calls whose first segment is of one sender."""
        with self._lock:
            return self._traffic[prefix]

    def forget(self, prefix: str) -> None:
        """Forgets the segments of one sender."""
        with self._lock:
            self._arrived.pop(prefix, None)
            self._traffic.pop(prefix, None)

    def answer(self, path: str, header_bytes: int, body: bytes) -> Answer:
        """Answers one call."""
        if path == SEGMENTS_PATH:
            return self._answer_segments(header_bytes, body)
        return Answer() if path in NOT_COUNTED else Answer(404)

    def _answer_segments(self, header_bytes: int, body: bytes) -> Answer:
        """Takes a batch, or refuses it."""
        if self.mood == Mood.THROTTLING:
            return Answer(429, '{"message": "Rate exceeded"}', THROTTLED)
        if self.mood == Mood.DOWN:
            return Answer(503)
        documents = json.loads(body)["TraceSegmentDocuments"]
        ids = [_id_of(each) for each in documents]
        known = [each for each in ids if each is not None]
        with self._lock:
            for each in known:
                self._arrived[each[:PREFIX_LENGTH]].add(each)
            if known:
                prefix = known[0][:PREFIX_LENGTH]
                self._traffic[prefix] += Traffic(1, header_bytes, len(body))
        malformed = [{"ErrorCode": "InvalidSegment"} for each in ids if each is None]
        return Answer(content=json.dumps({"UnprocessedTraceSegments": malformed}))


@contextmanager
def start_xray_api(address: str) -> Generator[XRayApi]:
    """Starts the sink on an address of this machine, and stops it with its block."""
    with _Server((address, 0), BaseHTTPRequestHandler) as server:
        api = XRayApi(f"http://{address}:{server.server_port}")
        server.RequestHandlerClass = partial(_Handler, api)
        thread = threading.Thread(target=server.serve_forever, name="xray-api", daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """Answers many calls by one connection, as AWS does."""

    protocol_version = "HTTP/1.1"
    # An answer goes out as a whole, and at once.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, api: XRayApi, *connection: Any) -> None:
        self._api = api
        super().__init__(*connection)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self._api.answer(self.path, self._header_bytes(), body)
        content = answer.content.encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _header_bytes(self) -> int:
        """Returns the size of what came before the body, with the empty line at its end."""
        headers = [f"{name}: {value}" for name, value in self.headers.items()]
        return sum(len(line) + len("\r\n") for line in (self.requestline, *headers, ""))

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: what comes is counted."""


def _id_of(document: str) -> str | None:
    """Returns a segment's id; none of what is no segment, which AWS X-Ray takes no part of."""
    try:
        return str(json.loads(document)["id"])
    except (ValueError, KeyError, TypeError):
        return None
