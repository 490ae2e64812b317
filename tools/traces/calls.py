"""Who called whom in one trace: the requests that the service graph counts."""

from collections import Counter, defaultdict
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
    answers = Counter(segment.parent_id for segment in trace.segments)
    sources = {segment.id: _node(trace, segment) for segment in trace.segments}
    """The node that each record is part of."""
    calls: dict[str, Record] = {}
    """The call that each subsegment within one is part of.

    SDKs that patch both an HTTP client and the library under it record one call as nested
    subsegments: these are one call, answered if any of them is.
    """
    parts: defaultdict[str, list[Record]] = defaultdict(list)
    for record, _ in trace.walk():
        if record.is_segment:
            continue
        sources[record.id] = sources.get(record.parent_id or "", UNKNOWN_CALLER)
        outer = calls.get(record.parent_id or "")
        call = outer if outer and _is_part(record, outer) else record
        if call is outer or _is_call(record):
            calls[record.id] = call
            parts[call.id].append(record)
    requests = [
        Request(sources[call.id], _inferred_node(call), call, call)
        for call, *within in parts.values()
        if not any(part.id in answers for part in (call, *within))
    ]
    for segment in trace.segments:
        caller, seen = trace.parent_of(segment), segment
        if caller is not None:
            source = sources[caller.id]
            # A subsegment that several segments answer can't tell them apart, and one that
            # records no call (local work that hands on its id) measures something else.
            if answers[caller.id] == 1 and _is_call(caller):
                seen = caller
        else:
            came_in = segment.parent_id is None or segment is trace.entry
            source = CLIENT if came_in else UNKNOWN_CALLER
        requests.append(Request(source, sources[segment.id], seen, segment))
    return requests


def _node(trace: Trace, segment: Record) -> NodeKey:
    if segment.origin is not None or not segment.inferred:
        return NodeKey(segment.name, segment.origin or "service")
    caller = trace.parent_of(segment)
    by_caller = segment if caller is None or _is_call(segment) else caller
    return NodeKey(segment.name, _inferred_node(by_caller).type)


def _is_call(record: Record) -> bool:
    """Returns whether a subsegment records a call to something outside of its service."""
    return record.namespace in ("remote", "aws") or bool(record.sql)


def _inferred_node(record: Record) -> NodeKey:
    """Returns the node that a subsegment calls, going by the subsegment alone."""
    if record.sql:
        return NodeKey(record.name, "Database::SQL")
    return NodeKey(record.name, f"AWS::{record.name}" if record.namespace == "aws" else "remote")


def _is_part(record: Record, call: Record) -> bool:
    """Returns whether a subsegment within a call is part of it, and not a call of its own.

    It is if it records no call, if the outer one is an AWS SDK's, or if both have one name.
    """
    transport = not record.sql and record.namespace == "remote" and call.namespace == "aws"
    return not _is_call(record) or transport or record.name == call.name
