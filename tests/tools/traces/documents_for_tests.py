"""Segment documents to test with, and a writer of them."""

import itertools
import json
from typing import Any

TRACE_ID = "1-6650f000-0123456789abcdef01234567"
T0 = 0x6650F000

_ids = itertools.count(1)


def next_id() -> str:
    return f"{next(_ids):016x}"


def record(name: str, start: float = 0.0, end: float | None = 1.0, **fields: Any) -> dict[str, Any]:
    """Make a segment or subsegment; times are seconds after the start of the trace."""
    document: dict[str, Any] = {"id": next_id(), "name": name, "start_time": T0 + start}
    if end is None:
        document["in_progress"] = True
    else:
        document["end_time"] = T0 + end
    return document | fields


def segment(
    name: str, start: float = 0.0, end: float | None = 1.0, **fields: Any
) -> dict[str, Any]:
    return record(name, start, end, trace_id=fields.pop("trace_id", TRACE_ID), **fields)


def texts(*documents: dict[str, Any]) -> list[str]:
    return [json.dumps(document) for document in documents]


def aws_block(pod: str = "service-a-7d9c-x2x4z") -> dict[str, Any]:
    return {
        "eks": {"cluster_name": "xray-demo", "pod": pod, "container_id": "c0ffee" * 8},
        "ec2": {"instance_id": "i-0123456789abcdef0", "availability_zone": "eu-west-1b"},
        "xray": {"sdk": "X-Ray for Python", "sdk_version": "2.15.0"},
    }


def two_services(
    trace_id: str = TRACE_ID, start: float = 0.0, status: int = 200, seconds: float = 0.05
) -> list[dict[str, Any]]:
    """Return the documents of client → service-a → service-b."""
    flags = {"fault": True} if status >= 500 else {"error": True} if status >= 400 else {}
    flags |= {"throttle": True} if status == 429 else {}
    call = record(
        "service-b",
        start + seconds * 0.1,
        start + seconds * 0.9,
        namespace="remote",
        http={
            "request": {"method": "GET", "url": "http://service-b/work"},
            "response": {"status": status, "content_length": 42},
        },
        **flags,
    )
    request = {"method": "GET", "url": "http://service-a/", "client_ip": "10.0.0.9"}
    service_a = segment(
        "service-a",
        start,
        start + seconds,
        trace_id=trace_id,
        origin="AWS::EKS::Container",
        http={"request": request, "response": {"status": status}},
        aws=aws_block(),
        annotations={"customer": "c-17", "beta": True},
        metadata={"default": {"attempts": 2, "tags": ["x", "y"]}},
        subsegments=[call],
        **flags,
    )
    service_b = segment(
        "service-b",
        start + seconds * 0.2,
        start + seconds * 0.8,
        trace_id=trace_id,
        parent_id=call["id"],
        origin="AWS::EKS::Container",
        http={
            "request": {"method": "GET", "url": "http://service-b/work"},
            "response": {"status": status},
        },
        aws=aws_block("service-b-5f6b-k8s9p"),
        **flags,
    )
    if status >= 500:
        service_b["cause"] = {
            "working_directory": "/app",
            "exceptions": [
                {
                    "id": next_id(),
                    "type": "ValueError",
                    "message": "the answer is <not> 42",
                    "stack": [{"path": "app.py", "line": 12, "label": "work"}],
                }
            ],
        }
    return [service_a, service_b]
