"""Segment documents to test with, and traces made of them."""

import itertools
import json
from typing import Any

from tools.traces.trace import Trace, assemble_trace

TRACE_ID = "1-6650f000-0123456789abcdef01234567"
T0 = 0x6650F000
LOST = "feedfeedfeedfeed"
"""The id of a parent that is in no trace."""

_ids = itertools.count(1)


def record(name: str, start: float = 0.0, end: float | None = 1.0, **fields: Any) -> dict[str, Any]:
    """Makes a segment or subsegment; times are seconds after the start of the trace."""
    document: dict[str, Any] = {"id": f"{next(_ids):016x}", "name": name, "start_time": T0 + start}
    if end is None:
        document["in_progress"] = True
    else:
        document["end_time"] = T0 + end
    return document | fields


def segment(
    name: str, start: float = 0.0, end: float | None = 1.0, **fields: Any
) -> dict[str, Any]:
    return record(name, start, end, trace_id=fields.pop("trace_id", TRACE_ID), **fields)


def remote(name: str, *inner: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Makes the subsegment of a call."""
    return record(name, namespace="remote", subsegments=inner, **fields)


def called(name: str, by: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Makes the segment that answers a call."""
    return segment(name, parent_id=by["id"], **fields)


def texts(*documents: dict[str, Any]) -> list[str]:
    return [json.dumps(document) for document in documents]


def trace_of(*documents: dict[str, Any], trace_id: str = TRACE_ID) -> Trace:
    return assemble_trace(trace_id, texts(*documents))


def two_services(
    trace_id: str = TRACE_ID, start: float = 0.0, status: int = 200, seconds: float = 0.05
) -> list[dict[str, Any]]:
    """Makes the documents of client → service-a → service-b."""
    http = {
        "request": {"method": "GET", "url": "http://service-b/work"},
        "response": {"status": status, "content_length": 42},
    }
    common: dict[str, Any] = {"trace_id": trace_id, "origin": "AWS::EKS::Container"}
    call = remote("service-b", start=start + seconds * 0.1, end=start + seconds * 0.9, http=http)
    service_a = segment(
        "service-a",
        start,
        start + seconds,
        http=http | {"request": {"method": "GET", "url": "http://service-a/"}},
        aws=_resources("service-a-7d9c-x2x4z"),
        annotations={"customer": "c-17", "beta": True},
        metadata={"default": {"attempts": 2, "tags": ["x", "y"]}},
        subsegments=[call],
        **common,
    )
    service_b = called(
        "service-b",
        call,
        start=start + seconds * 0.2,
        end=start + seconds * 0.8,
        http=http,
        aws=_resources("service-b-5f6b-k8s9p"),
        **common,
    )
    if status >= 500:
        frame = {"path": "app.py", "line": 12, "label": "work"}
        raised = {"type": "ValueError", "message": "the answer is <not> 42", "stack": [frame]}
        service_b["cause"] = {"exceptions": [raised]}
    return [service_a, service_b]


def _resources(pod: str) -> dict[str, Any]:
    return {
        "eks": {"cluster_name": "xray-demo", "pod": pod, "container_id": "c0ffee" * 8},
        "ec2": {"instance_id": "i-0123456789abcdef0", "availability_zone": "eu-west-1b"},
        "xray": {"sdk": "X-Ray for Python", "sdk_version": "2.15.0"},
    }
