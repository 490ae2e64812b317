"""Segment documents of many traces through many services, as the X-Ray API gives them."""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

SERVICES: Final = 100

_FIRST_SECOND: Final = 1_790_000_000
_PER_SECOND: Final = 100
"""Traces; 100,000 of them span a quarter of an hour, as `make traces` shows."""

_RUNS_ON: Final = "AWS::EKS::Container"
_TABLES: Final = 10


def documents_of_traces(
    count: int, services: int = SERVICES, seed: int = 1
) -> Iterator[tuple[str, list[str]]]:
    """Yields each trace's id and its documents: the same for the same arguments.

    A trace is a tree of 3 to 8 segments; the first of 10 services at the edge takes the request,
    and each calls services behind it, a database or an AWS service. Of 100 requests, about 2 are
    faults, 3 errors and 1 is throttled; few take ten times as long as the others.

    Args:
        count: How many traces.
        services: How many services they go through.
        seed: Of what is drawn.
    """
    for number in range(count):
        # Each trace has a source of its own: the first ones are the same in every count.
        yield _Trace(number, services, random.Random(f"{seed}-{number}")).documents()


class _Trace:
    def __init__(self, number: int, services: int, source: random.Random) -> None:
        self._services = services
        self._source = source
        self._start = _FIRST_SECOND + number / _PER_SECOND
        self._id = f"1-{int(self._start):08x}-{number:024x}"
        self._documents: list[str] = []

    def documents(self) -> tuple[str, list[str]]:
        size = self._source.randint(3, 8)
        service = self._source.randrange(min(10, self._services))
        self._segment(service, None, size, self._start, self._duration())
        return self._id, self._documents

    def _segment(
        self, service: int, parent: str | None, size: int, start: float, duration: float
    ) -> None:
        """Adds a segment and, below it, what is left of the size in one call or two."""
        calls = min(size - 1, self._source.choice((1, 1, 2)))
        subsegments = [self._query(service, start, duration)] if self._source.random() < 0.3 else []
        for part in range(calls):
            its_size = (size - 1 + part) // calls
            its_start = start + duration * (0.1 + 0.4 * part)
            call = self._call(self._callee(service), its_start, duration * 0.35)
            subsegments.append(call)
            self._segment(
                int(call["name"].removeprefix("service-")),
                call["id"],
                its_size,
                its_start + duration * 0.01,
                duration * 0.33,
            )
        document = {
            "id": self._new_id(),
            "trace_id": self._id,
            "name": f"service-{service}",
            "origin": _RUNS_ON,
            "start_time": start,
            "end_time": start + duration,
            **self._outcome(),
            "aws": {"eks": {"pod": f"service-{service}-7d9f8b6c5-x{service:04}"}},
            "annotations": {"tenant": f"tenant-{self._source.randrange(20)}"},
            "subsegments": subsegments,
        }
        if parent is not None:
            document["parent_id"] = parent
        self._documents.append(json.dumps(document))

    def _callee(self, service: int) -> int:
        """Draws one of the three services that a service calls."""
        return (service * 3 + 10 + self._source.randrange(3)) % self._services

    def _call(self, service: int, start: float, duration: float) -> dict[str, Any]:
        return {
            "id": self._new_id(),
            "name": f"service-{service}",
            "namespace": "remote",
            "start_time": start,
            "end_time": start + duration,
            "http": {
                "request": {"method": "GET", "url": f"http://service-{service}/items"},
                "response": {"status": 200},
            },
        }

    def _query(self, service: int, start: float, duration: float) -> dict[str, Any]:
        table = service % _TABLES
        return {
            "id": self._new_id(),
            "name": f"shop-{table}@database.example.com",
            "namespace": "remote",
            "start_time": start,
            "end_time": start + duration * 0.05,
            "sql": {"sanitized_query": f"SELECT * FROM table_{table} WHERE id = ?"},
        }

    def _outcome(self) -> dict[str, Any]:
        drawn = self._source.random()
        status, flags = 200, {}
        if drawn < 0.02:
            status, flags = 500, {"fault": True}
        elif drawn < 0.05:
            status, flags = 404, {"error": True}
        elif drawn < 0.06:
            status, flags = 429, {"error": True, "throttle": True}
        request = {"method": "GET", "url": f"https://shop.example.com/items/{drawn:.6f}"}
        return {"http": {"request": request, "response": {"status": status}}, **flags}

    def _duration(self) -> float:
        """Draws seconds, most of them some tens of milliseconds."""
        return min(self._source.lognormvariate(-3, 0.8), 10.0)

    def _new_id(self) -> str:
        return f"{self._source.getrandbits(64):016x}"
