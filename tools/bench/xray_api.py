"""A sink in the place of AWS X-Ray: counts the segments that come, or refuses them on purpose."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tools.rehearsal.span_segments import TRACES_PATH

from .http_server import THROTTLED, Answer, Request, serve

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

    def __init__(self) -> None:
        self.endpoint = ""
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

    def answer(self, request: Request) -> Answer:
        """Answers one request."""
        if request.path == SEGMENTS_PATH:
            return self._answer_segments(request)
        return Answer() if request.path in NOT_COUNTED else Answer(404)

    def _answer_segments(self, request: Request) -> Answer:
        """Takes a batch, or refuses it."""
        if self.mood == Mood.THROTTLING:
            return Answer(429, '{"message": "Rate exceeded"}', THROTTLED)
        if self.mood == Mood.DOWN:
            return Answer(503)
        documents = json.loads(request.body)["TraceSegmentDocuments"]
        ids = [_id_of(each) for each in documents]
        known = [each for each in ids if each is not None]
        with self._lock:
            for each in known:
                self._arrived[each[:PREFIX_LENGTH]].add(each)
            if known:
                prefix = known[0][:PREFIX_LENGTH]
                self._traffic[prefix] += Traffic(1, request.header_bytes, len(request.body))
        malformed = [{"ErrorCode": "InvalidSegment"} for each in ids if each is None]
        return Answer(content=json.dumps({"UnprocessedTraceSegments": malformed}))


@contextmanager
def start_xray_api(address: str) -> Generator[XRayApi]:
    """Starts the sink on an address of this machine, and stops it with its block."""
    api = XRayApi()
    with serve(address, api.answer) as api.endpoint:
        yield api


def _id_of(document: str) -> str | None:
    """Returns a segment's id; none of what is no segment, which AWS X-Ray takes no part of."""
    try:
        return str(json.loads(document)["id"])
    except (ValueError, KeyError, TypeError):
        return None
