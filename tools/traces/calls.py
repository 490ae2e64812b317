"""Who called whom in one trace: the requests that the service graph counts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tools.traces.model import Segment, SegmentBase, Subsegment, Trace


class NodeKey(NamedTuple):
    """What identifies a node of the service graph."""

    name: str
    type: str


CLIENT = NodeKey("client", "client")
UNKNOWN_CALLER = NodeKey("unknown caller", "unknown caller")


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request from one node to another.

    Attributes:
        trace_id: The trace it belongs to.
        source: The node that called.
        target: The node that was called.
        seen_by_caller: The caller's subsegment if it has one for just this request, else
            the same as ``served``.
        served: The called segment, or the caller's subsegment if the called one sends none.
    """

    trace_id: str
    source: NodeKey
    target: NodeKey
    seen_by_caller: SegmentBase
    served: SegmentBase


class _Caller(NamedTuple):
    """A subsegment and the segment that it is part of, if that is in the trace."""

    subsegment: Subsegment
    segment: Segment | None


def find_requests(trace: Trace) -> list[Request]:
    """Return each request of the trace once.

    Every segment was requested by someone: by the client if it has no parent, by an unknown
    caller if its parent isn't in the trace. Where every segment has a parent, the client
    requested the trace's entry: it named a parent of its own, and sent nothing. Every
    subsegment that records a call which no segment answers is a request too, to a node
    inferred from the subsegment.
    """
    return _TraceRequests(trace).find()


def is_call(record: SegmentBase) -> bool:
    """Return whether a subsegment records a call to something outside of its service."""
    return record.namespace in ("remote", "aws") or bool(record.sql)


def inferred_node(record: SegmentBase) -> NodeKey:
    """Return the node that a subsegment calls, going by the subsegment alone."""
    if record.sql:
        return NodeKey(record.name, "Database::SQL")
    if record.namespace == "aws":
        return NodeKey(record.name, f"AWS::{record.name}")
    return NodeKey(record.name, "remote")


class _TraceRequests:
    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._segments = {segment.id: segment for segment in trace.segments}
        self._callers = _index_callers(trace)
        self._answer_counts = Counter(segment.parent_id for segment in trace.segments)

    def find(self) -> list[Request]:
        requests = [self._request_of_segment(segment) for segment in self._trace.segments]
        for top in self._trace.top_level:
            owner = top if isinstance(top, Segment) else None
            source = UNKNOWN_CALLER if owner is None else self._node(owner)
            for call in self._unanswered_calls(top):
                requests.append(self._request(source, inferred_node(call), call, call))
        return requests

    def _request(
        self, source: NodeKey, target: NodeKey, seen_by_caller: SegmentBase, served: SegmentBase
    ) -> Request:
        return Request(
            trace_id=self._trace.id,
            source=source,
            target=target,
            seen_by_caller=seen_by_caller,
            served=served,
        )

    def _request_of_segment(self, segment: Segment) -> Request:
        target = self._node(segment)
        if segment.parent_id is None:
            return self._request(CLIENT, target, segment, segment)
        caller = self._callers.get(segment.parent_id)
        if caller is not None:
            source = UNKNOWN_CALLER if caller.segment is None else self._node(caller.segment)
            # A subsegment that several segments answer can't tell them apart, and one that
            # records no call (local work that hands on its id) measures something else.
            alone = self._answer_counts[segment.parent_id] == 1
            seen = caller.subsegment if alone and is_call(caller.subsegment) else segment
            return self._request(source, target, seen, segment)
        parent = self._segments.get(segment.parent_id)
        unknown = CLIENT if segment is self._trace.entry else UNKNOWN_CALLER
        source = unknown if parent is None else self._node(parent)
        return self._request(source, target, segment, segment)

    def _node(self, segment: Segment) -> NodeKey:
        if segment.origin is not None:
            return NodeKey(segment.name, segment.origin)
        if not segment.inferred:
            return NodeKey(segment.name, "service")
        caller = self._callers.get(segment.parent_id or "")
        by_caller = segment if caller is None or is_call(segment) else caller.subsegment
        return NodeKey(segment.name, inferred_node(by_caller).type)

    def _unanswered_calls(self, top: SegmentBase) -> Iterator[Subsegment]:
        """Yield the calls under a segment (or an orphan) that no segment answers.

        SDKs that patch both an HTTP client and the library under it record one call as
        nested subsegments: these are one call, answered if any of them is.
        """
        waiting = [top] if isinstance(top, Subsegment) else list(top.subsegments)
        while waiting:
            subsegment = waiting.pop()
            if not is_call(subsegment):
                waiting.extend(subsegment.subsegments)
                continue
            parts, others = _split_call(subsegment)
            waiting.extend(others)
            if not any(part.id in self._answer_counts for part in parts):
                yield subsegment


def _split_call(call: Subsegment) -> tuple[list[Subsegment], list[Subsegment]]:
    """Return the nested subsegments that are part of a call, and those that are calls of their own.

    A nested call is part of the outer one if that is an AWS SDK's, or of the same name.
    """
    parts = [call]
    others: list[Subsegment] = []
    waiting = list(call.subsegments)
    while waiting:
        record = waiting.pop()
        transport = not record.sql and record.namespace == "remote" and call.namespace == "aws"
        if is_call(record) and not transport and record.name != call.name:
            others.append(record)
            continue
        parts.append(record)
        waiting.extend(record.subsegments)
    return parts, others


def _index_callers(trace: Trace) -> dict[str, _Caller]:
    callers: dict[str, _Caller] = {}
    for top in trace.top_level:
        owner = top if isinstance(top, Segment) else None
        records: Iterable[SegmentBase] = top.descendants() if owner else (top, *top.descendants())
        for record in records:
            if isinstance(record, Subsegment):
                callers.setdefault(record.id, _Caller(record, owner))
    return callers
