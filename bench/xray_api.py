"""A sink in the place of AWS X-Ray: counts the segments that come, or refuses them on purpose."""

import json
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from typing import Final

from flask import Flask, Response, request
from werkzeug.serving import make_server

THROTTLED: Final = {"x-amzn-ErrorType": "ThrottledException"}
"""How AWS X-Ray says that it is asked too much (X-Ray API reference, PutTraceSegments)."""


class Mood(Enum):
    """How the API answers."""

    WELL = "well"
    THROTTLING = "throttling"
    DOWN = "down"


class XRayApi:
    """What came, by the identity of each segment."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.mood = Mood.WELL
        self._lock = threading.Lock()
        self._arrived: Counter[str] = Counter()

    def arrived(self, prefix: str) -> set[str]:
        """Returns the segments that came of one sender, whose ids start with its prefix."""
        with self._lock:
            return {each for each in self._arrived if each.startswith(prefix)}

    def answer_segments(self) -> Response:
        """Takes a batch, or refuses it."""
        if self.mood == Mood.THROTTLING:
            return Response('{"message": "Rate exceeded"}', 429, THROTTLED)
        if self.mood == Mood.DOWN:
            return Response("{}", 503)
        documents = json.loads(request.get_data())["TraceSegmentDocuments"]
        ids = [_id_of(each) for each in documents]
        with self._lock:
            self._arrived.update(each for each in ids if each is not None)
        malformed = [{"ErrorCode": "InvalidSegment"} for each in ids if each is None]
        return _json({"UnprocessedTraceSegments": malformed})


@contextmanager
def start_xray_api(address: str) -> Generator[XRayApi]:
    """Starts the sink on an address of this machine, and stops it with its block."""
    app = Flask(__name__)
    server = make_server(address, 0, app, threaded=True)
    api = XRayApi(f"http://{address}:{server.server_port}")
    app.add_url_rule("/TraceSegments", view_func=api.answer_segments, methods=["POST"])
    app.add_url_rule("/TelemetryRecords", "telemetry", lambda: _json({}), methods=["POST"])
    thread = threading.Thread(target=server.serve_forever, name="xray-api", daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()


def _id_of(document: str) -> str | None:
    """Returns a segment's id; none of what is no segment, which AWS X-Ray takes no part of."""
    try:
        return str(json.loads(document)["id"])
    except (ValueError, KeyError, TypeError):
        return None


def _json(content: object) -> Response:
    return Response(json.dumps(content), content_type="application/json")
