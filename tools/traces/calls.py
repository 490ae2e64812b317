"""Who called whom in one trace: the requests that the service graph counts."""

from collections import Counter, defaultdict
from functools import cache
from typing import Final, NamedTuple

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from .records import Record, shorten
from .trace import Trace


class NodeKey(NamedTuple):
    """What identifies a node of the service graph."""

    name: str
    type: str
    account: str = ""
    """The AWS account, where it is known; a service graph has it in the types, where needed."""


CLIENT = NodeKey("client", "client")
UNKNOWN_CALLER = NodeKey("unknown caller", "unknown caller")

RESOURCES: Final = {
    "DynamoDB": ("table_name", "Table"),
    "S3": ("bucket_name", "Bucket"),
    "SQS": ("queue_url", "Queue"),
}
"""Which field of a call to an AWS service names the resource, and what that is: X-Ray shows each by
itself, and a node of the service for calls to no one resource (X-Ray developer guide, "Tracing AWS
SDK calls"; GetServiceGraph names them by the `resource_names` that X-Ray takes from these)."""

PASSING_ON: Final = ("AWS::EventBridge", "AWS::SNS", "AWS::SQS")
"""Services that hand the trace header on with a message, and send no segment: the map has them
between sender and receiver (X-Ray developer guide, "Amazon SQS and AWS X-Ray", "Amazon SNS and AWS
X-Ray"; EventBridge user guide, eb-related-service-xray)."""

_BOTOCORE: Final = Loader()


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
    call which no segment answers is a request too, to a node inferred from the subsegment. Whoever
    receives a message from a queue doesn't answer the sender: the queue requested it.
    """
    sources: dict[Record | None, NodeKey] = {each: _node(trace, each) for each in trace.segments}
    """The node that each record is part of."""
    calls: dict[Record | None, Record] = {}
    """The call that each subsegment within one is part of.

    SDKs that patch both an HTTP client and the library under it record one call as nested
    subsegments: these are one call, answered if any of them is.
    """
    parts: defaultdict[Record, list[Record]] = defaultdict(list)
    for record, _ in trace.walk():
        if record.is_segment:
            continue
        parent = trace.parent_of(record)
        sources[record] = sources.get(parent, UNKNOWN_CALLER)
        outer = calls.get(parent)
        call = outer if outer and _is_part(record, outer) else record
        if call is outer or _is_call(record):
            calls[record] = call
            parts[call].append(record)
    senders = {each: _sender(each, calls.get(trace.parent_of(each))) for each in trace.segments}
    answers = Counter(trace.parent_of(each) for each in trace.segments if not senders[each])
    requests = [
        Request(sources[call], _inferred_node(call), call, call)
        for call, *within in parts.values()
        if not any(part in answers for part in (call, *within))
    ]
    for segment in trace.segments:
        caller, seen = trace.parent_of(segment), segment
        if sender := senders[segment]:
            source = sender
        elif caller is not None:
            source = sources[caller]
            # A subsegment that several segments answer can't tell them apart, and one that
            # records no call (local work that hands on its id) measures something else.
            if answers[caller] == 1 and _is_call(caller):
                seen = caller
        else:
            came_in = segment.parent_id is None or segment is trace.entry
            source = CLIENT if came_in else UNKNOWN_CALLER
        requests.append(Request(source, sources[segment], seen, segment))
    return requests


def _node(trace: Trace, segment: Record) -> NodeKey:
    names, caller = segment.aws.get("resource_names"), trace.parent_of(segment)
    if not segment.inferred:
        node = NodeKey(segment.name, segment.origin or "service")
    elif segment.origin and isinstance(names, list) and names:
        node = NodeKey(shorten(names[0]), segment.origin)
    elif caller is not None and _is_call(caller):
        node = _inferred_node(caller)
    else:
        node = NodeKey(segment.name, segment.origin or _inferred_node(segment).type)
    return node._replace(account=segment.account)


def _sender(segment: Record, call: Record | None) -> NodeKey | None:
    """Returns the queue or topic that a call sent to, if the segment received it from there."""
    if call is None or segment.inferred:
        return None
    node = _inferred_node(call)
    return node if node.type.startswith(PASSING_ON) and segment.origin != node.type else None


def _is_call(record: Record) -> bool:
    """Returns whether a subsegment records a call to something outside of its service."""
    return record.namespace in ("remote", "aws") or bool(record.sql)


def _inferred_node(record: Record) -> NodeKey:
    """Returns the node that a subsegment calls, going by the subsegment alone."""
    name, kind = record.name, "Database::SQL" if record.sql else "remote"
    if record.namespace == "aws" and not record.sql:
        name = _service(name)
        field, part = RESOURCES.get(name, ("", ""))
        kind = f"AWS::{name}"
        if resource := record.aws.get(field):
            name, kind = shorten(resource), f"{kind}::{part}"
    return NodeKey(name, kind, record.account)


@cache
def _service(name: str) -> str:
    """Returns the id of an AWS service: SDKs write `dynamodb`, `DynamoDb` and `DynamoDB`."""
    try:
        model = _BOTOCORE.load_service_model(name.replace(" ", "").lower(), "service-2")
    except UnknownServiceError:
        return name
    return model["metadata"]["serviceId"].replace(" ", "")


def _is_part(record: Record, call: Record) -> bool:
    """Returns whether a subsegment within a call is part of it, and not a call of its own.

    It is if it records no call, if the outer one is an AWS SDK's, or if both have one name.
    """
    transport = not record.sql and record.namespace == "remote" and call.namespace == "aws"
    return not _is_call(record) or transport or record.name == call.name
