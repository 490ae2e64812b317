"""Chooses the traces that are worth showing when there are too many to show all."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from tools.traces.calls import NodeKey, Request, find_requests
from tools.traces.model import Status, Trace

_Call: TypeAlias = tuple[NodeKey, NodeKey]
"""Who called whom: an edge of the service graph."""


def select_traces(traces: Sequence[Trace], limit: int) -> list[Trace]:
    """Return at most ``limit`` traces, the newest first.

    If there are more, up to half of those chosen go through each edge of the service graph, and
    then through each edge where a request failed; the others are by turns faults, the slowest,
    errors, throttles, unfinished or unreadable ones, and the newest.
    """
    if len(traces) <= limit:
        return sorted(traces, key=_newest)
    kinds = (
        _newest_where(traces, lambda trace: trace.status is Status.FAULT),
        sorted(traces, key=_slowest),
        _newest_where(traces, lambda trace: trace.status is Status.ERROR),
        _newest_where(traces, lambda trace: trace.status is Status.THROTTLE),
        _newest_where(traces, lambda trace: trace.in_progress or not trace.records),
        sorted(traces, key=_newest),
    )
    by_turns = (trace for turn in zip_longest(*kinds) for trace in turn if trace is not None)
    chosen: dict[int, Trace] = {}
    for most, candidates in ((limit // 2, _cover_edges(traces)), (limit, by_turns)):
        for trace in candidates:
            if len(chosen) == most:
                break
            chosen[id(trace)] = trace
    return sorted(chosen.values(), key=_newest)


def _newest(trace: Trace) -> tuple[float, str]:
    return (-trace.start_time, trace.id)


def _slowest(trace: Trace) -> tuple[float, str]:
    return (-trace.duration_seconds, trace.id)


def _newest_where(traces: Iterable[Trace], wanted: Callable[[Trace], bool]) -> list[Trace]:
    return sorted(filter(wanted, traces), key=_newest)


def _cover_edges(traces: Iterable[Trace]) -> Iterator[Trace]:
    """Yield a trace through each edge, then a failing one through each edge that fails.

    Each is the slowest there is. The rarest edges come first: traces through them go through
    the others too.
    """
    slowest: dict[_Call, Trace] = {}
    slowest_failing: dict[_Call, Trace] = {}
    counts: Counter[_Call] = Counter()
    for trace in sorted(traces, key=_slowest):
        for request in find_requests(trace):
            call = (request.source, request.target)
            counts[call] += 1
            slowest.setdefault(call, trace)
            if _failed(request):
                slowest_failing.setdefault(call, trace)
    rarest_first = sorted(counts, key=lambda call: (counts[call], call))
    yield from _cover(rarest_first, slowest, lambda _: True)
    yield from _cover(rarest_first, slowest_failing, _failed)


def _cover(
    calls: Iterable[_Call], examples: dict[_Call, Trace], counted: Callable[[Request], bool]
) -> Iterator[Trace]:
    covered: set[_Call] = set()
    for call in calls:
        if call in examples and call not in covered:
            yield examples[call]
            requests = filter(counted, find_requests(examples[call]))
            covered.update((request.source, request.target) for request in requests)


def _failed(request: Request) -> bool:
    return Status.FAULT in (request.seen_by_caller.status, request.served.status)
