"""Chooses the traces that are worth showing when there are too many to show all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from traces.calls import find_requests
from traces.model import Status, Trace


def select_traces(traces: Sequence[Trace], limit: int) -> list[Trace]:
    """Return at most ``limit`` traces, the newest first.

    If there are more, up to half of those chosen are the slowest of each distinct path
    through the services; the others are by turns faults, the slowest, errors, throttles,
    unfinished or unreadable ones, further paths, and the newest.
    """
    if len(traces) <= limit:
        return sorted(traces, key=_newest)
    paths = list(_one_per_path(traces))
    kinds = (
        _newest_where(traces, lambda trace: trace.status is Status.FAULT),
        sorted(traces, key=_slowest),
        _newest_where(traces, lambda trace: trace.status is Status.ERROR),
        _newest_where(traces, lambda trace: trace.status is Status.THROTTLE),
        _newest_where(traces, lambda trace: trace.in_progress or not trace.records),
        paths,
        sorted(traces, key=_newest),
    )
    by_turns = (trace for turn in zip_longest(*kinds) for trace in turn if trace is not None)
    chosen: dict[int, Trace] = {}
    for trace in chain(paths[: limit // 2], by_turns):
        if len(chosen) == limit:
            break
        chosen[id(trace)] = trace
    return sorted(chosen.values(), key=_newest)


def _newest(trace: Trace) -> tuple[float, str]:
    return (-trace.start_time, trace.id)


def _slowest(trace: Trace) -> tuple[float, str]:
    return (-trace.duration_seconds, trace.id)


def _newest_where(traces: Iterable[Trace], wanted: Callable[[Trace], bool]) -> list[Trace]:
    return sorted(filter(wanted, traces), key=_newest)


def _one_per_path(traces: Iterable[Trace]) -> Iterator[Trace]:
    paths: set[frozenset[tuple[object, object]]] = set()
    for trace in sorted(traces, key=_slowest):
        path = frozenset((request.source, request.target) for request in find_requests(trace))
        if path not in paths:
            paths.add(path)
            yield trace
