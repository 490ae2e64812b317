"""A sink in the place of AWS X-Ray: counts the segments that come, or refuses them on purpose."""

import json
import threading
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from typing import Final

from rehearsal.span_segments import TRACES_PATH

from .http_server import THROTTLED, Answer, serve

PREFIX_LENGTH: Final = 4
"""Hexadecimal digits of a segment's id that say whose it is."""

NOT_COUNTED: Final = ("/TelemetryRecords", TRACES_PATH)
"""A daemon's telemetry, and spans, which try how fast a sender is."""


class Mood(Enum):
    """How the API answers."""

    WELL = "well"
    THROTTLING = "throttling"
    DOWN = "down"


class XRayApi:
    """What came, by the identity of each segment."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.mood = Mood.WELL
        self._lock = threading.Lock()
        self._arrived: defaultdict[str, set[str]] = defaultdict(set)

    def arrived(self, prefix: str) -> set[str]:
        """Returns the segments that came of one sender, whose ids start with its prefix."""
        with self._lock:
            return set(self._arrived[prefix])

    def count(self, prefix: str) -> int:
        """Returns how many came of one sender."""
        with self._lock:
            return len(self._arrived[prefix])

    def forget(self, prefix: str) -> None:
        """Forgets the segments of one sender."""
        with self._lock:
            self._arrived.pop(prefix, None)

    def answer(self, path: str, body: bytes) -> Answer:
        """Answers one call."""
        if path == "/TraceSegments":
            return self._answer_segments(body)
        return Answer() if path in NOT_COUNTED else Answer(404)

    def _answer_segments(self, body: bytes) -> Answer:
        """Takes a batch, or refuses it."""
        if self.mood == Mood.THROTTLING:
            return Answer(429, '{"message": "Rate exceeded"}', THROTTLED)
        if self.mood == Mood.DOWN:
            return Answer(503)
        documents = json.loads(body)["TraceSegmentDocuments"]
        ids = [_id_of(each) for each in documents]
        with self._lock:
            for each in ids:
                if each is not None:
                    self._arrived[each[:PREFIX_LENGTH]].add(each)
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
