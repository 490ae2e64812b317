"""The sink in a process of its own, so that to count does not slow down who sends and measures."""

import http.client
import json
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from tools.rehearsal.network import HOST

from ..own_process import questions, start_process
from ..sender import segment
from ..xray_api import SEGMENTS_PATH, Mood, Traffic, XRayApi, start_xray_api

SEGMENTS_PER_CALL: Final = 50
"""As the daemon and the collector send them."""

BODIES: Final = 40
"""Calls that are made beforehand, to measure the sink and not who makes them."""


class Sink:
    """A sink that runs elsewhere."""

    def __init__(self, endpoint: str, connection: Any) -> None:
        self.endpoint = endpoint
        self._connection = connection

    def set_mood(self, mood: Mood) -> None:
        """Makes it answer in another way from now on."""
        self._ask("set_mood", mood.value)

    def count(self, prefix: str) -> int:
        """Returns how many segments came whose ids start with a prefix."""
        return int(self._ask("count", prefix))

    def traffic(self, prefix: str) -> Traffic:
        """Returns the calls whose first segment has an id with a prefix."""
        return self._ask("traffic", prefix)

    def forget(self, prefix: str) -> None:
        """Makes it forget them."""
        self._ask("forget", prefix)

    def _ask(self, what: str, argument: str) -> Any:
        self._connection.send((what, argument))
        return self._connection.recv()


@contextmanager
def start_sink() -> Generator[Sink]:
    """Starts a sink on this machine, and stops it with its block."""
    with start_process(_serve, "sink") as connection:
        yield Sink(connection.recv(), connection)


def sink_rate(sink: Sink, seconds: float, prefix: str) -> int:
    """Returns how many segments a second the sink takes from one who waits for every answer.

    Args:
        sink: The sink.
        seconds: How long it is tried.
        prefix: Four hexadecimal digits that the ids of the segments start with.
    """
    bodies = [_call(prefix, number) for number in range(BODIES)]
    connection = http.client.HTTPConnection(sink.endpoint.removeprefix("http://"))
    start, calls = time.monotonic(), 0
    while time.monotonic() < start + seconds:
        connection.request("POST", SEGMENTS_PATH, bodies[calls % BODIES])
        connection.getresponse().read()
        calls += 1
    took = time.monotonic() - start
    connection.close()
    sink.forget(prefix)
    return int(calls * SEGMENTS_PER_CALL / took)


def _call(prefix: str, number: int) -> str:
    ids = range(number * SEGMENTS_PER_CALL, (number + 1) * SEGMENTS_PER_CALL)
    documents = [segment(prefix, each, 0).decode().partition("\n")[2] for each in ids]
    return json.dumps({"TraceSegmentDocuments": documents})


def _serve(connection: Any) -> None:
    with start_xray_api(HOST) as api:
        connection.send(api.endpoint)
        for what, argument in questions(connection):
            connection.send(_answer(api, what, argument))


def _answer(api: XRayApi, what: str, argument: str) -> int | Traffic | None:
    match what:
        case "set_mood":
            api.mood = Mood(argument)
        case "forget":
            api.forget(argument)
        case "count":
            return api.count(argument)
        case _:
            return api.traffic(argument)
    return None
