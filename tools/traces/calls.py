"""Who called whom in one trace: the requests that the service graph counts."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from .records import Record
from .trace import Trace


class NodeKey(NamedTuple):
    """What identifies a node of the service graph."""

    name: str
    type: str


CLIENT = NodeKey("client", "client")
UNKNOWN_CALLER = NodeKey("unknown caller", "unknown caller")


class Request(NamedTuple):
    """One request from one node to another.

    `seen_by_caller` is the caller's subsegment if it has one for just this request, and `served`
    the called segment if it sends one; where there is only one of the two, both are that.
    """

    source: NodeKey
    target: NodeKey
    seen_by_caller: Record
    served: Record


def find_requests(trace: Trace) -> list[Request]:
    """Returns each request of the trace once.

    Every segment was requested by someone: by the client if it has no parent, by an unknown caller
    if its parent isn't in the trace. Where every segment has a parent, the client requested the
    trace's entry: it named a parent of its own, and sent nothing. Every subsegment that records a
    call which no segment answers is a request too, to a node inferred from the subsegment.
    """
    requests = _Requests(trace)
    return [*requests.unanswered_calls(), *map(requests.of_segment, trace.segments)]


def is_call(record: Record) -> bool:
    """Returns whether a subsegment records a call to something outside of its service."""
    return record.namespace in ("remote", "aws") or bool(record.sql)


def inferred_node(record: Record) -> NodeKey:
    """Returns the node that a subsegment calls, going by the subsegment alone."""
    if record.sql:
        return NodeKey(record.name, "Database::SQL")
    if record.namespace == "aws":
        return NodeKey(record.name, f"AWS::{record.name}")
    return NodeKey(record.name, "remote")


class _Requests:
    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._answers = Counter(segment.parent_id for segment in trace.segments)
        self._owners: dict[str, Record | None] = {}
        """The segment that each subsegment is part of, if that is in the trace."""

    def unanswered_calls(self) -> Iterator[Request]:
        """Yields the calls that no segment answers."""
        subsegments = [record for record in self._trace.records if not record.is_segment]
        # Orphans go before the others, which only lead to those that hang in a circle.
        for top in (*self._trace.segments, *self._trace.orphans, *subsegments):
            yield from self._unanswered_under(top)

    def of_segment(self, segment: Record) -> Request:
        """Returns the request that a segment served, after all calls have been found."""
        target = self._node(segment)
        caller = self._trace.parent_of(segment)
        seen = segment
        if caller is None:
            came_in = segment.parent_id is None or segment is self._trace.entry
            source = CLIENT if came_in else UNKNOWN_CALLER
        elif caller.is_segment:
            source = self._node(caller)
        else:
            source = self._caller_of(caller)
            # A subsegment that several segments answer can't tell them apart, and one that
            # records no call (local work that hands on its id) measures something else.
            if self._answers[caller.id] == 1 and is_call(caller):
                seen = caller
        return Request(source, target, seen_by_caller=seen, served=segment)

    def _caller_of(self, subsegment: Record) -> NodeKey:
        owner = self._owners[subsegment.id]
        return UNKNOWN_CALLER if owner is None else self._node(owner)

    def _node(self, segment: Record) -> NodeKey:
        if segment.origin is not None:
            return NodeKey(segment.name, segment.origin)
        if not segment.inferred:
            return NodeKey(segment.name, "service")
        caller = self._trace.parent_of(segment)
        by_caller = segment if caller is None or is_call(segment) else caller
        return NodeKey(segment.name, inferred_node(by_caller).type)

    def _unanswered_under(self, top: Record) -> Iterator[Request]:
        """Yields the calls under a segment (or an orphan) that no segment answers.

        SDKs that patch both an HTTP client and the library under it record one call as nested
        subsegments: these are one call, answered if any of them is.
        """
        owner = top if top.is_segment else None
        outermost = self._trace.subsegments_of(top) if top.is_segment else [top]
        waiting: list[tuple[Record, Record | None]] = [(each, None) for each in outermost]
        parts: dict[str, list[Record]] = {}
        while waiting:
            record, outer = waiting.pop()
            if record.id in self._owners:
                continue
            self._owners[record.id] = owner
            if outer is not None and _is_part(record, outer):
                parts[outer.id].append(record)
            else:
                outer = record if is_call(record) else None
                if outer is not None:
                    parts[outer.id] = [outer]
            waiting.extend((each, outer) for each in self._trace.subsegments_of(record))
        for call, *within in parts.values():
            if not any(part.id in self._answers for part in (call, *within)):
                yield Request(self._caller_of(call), inferred_node(call), call, call)


def _is_part(record: Record, call: Record) -> bool:
    """Returns whether a subsegment within a call is part of it, and not a call of its own.

    It is if it records no call, if the outer one is an AWS SDK's, or if both have one name.
    """
    transport = not record.sql and record.namespace == "remote" and call.namespace == "aws"
    return not is_call(record) or transport or record.name == call.name
