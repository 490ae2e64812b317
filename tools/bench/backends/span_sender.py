"""Sends spans at a steady rate by OTLP and HTTP, as OpenTelemetry's SDKs do.

Arguments: URL RATE SECONDS PREFIX. It waits for the answer to each request, and repeats none.
"""

import http.client
import json
import sys
import time
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

SPANS_PER_REQUEST: Final = 512
"""What OpenTelemetry's SDKs send at once unless told otherwise (OpenTelemetry specification,
OTEL_BSP_MAX_EXPORT_BATCH_SIZE)."""

DELAY_SECONDS: Final = 5
"""What they wait at most for so many (the same, OTEL_BSP_SCHEDULE_DELAY)."""

HEADERS: Final = {"Content-Type": "application/x-protobuf"}


def main() -> None:
    """Sends; prints how many in the end, and how long it had nothing to do meanwhile."""
    url, rate, seconds, prefix = sys.argv[1:]
    per_second, total, address = int(rate), int(rate) * int(seconds), urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc)
    start, idle = time.time(), 0.0
    at_once = spans_at_once(per_second)
    for first in range(0, total, at_once):
        numbers = range(first, min(first + at_once, total))
        delay = start + numbers[-1] / per_second - time.time()
        if delay > 0.001:
            time.sleep(delay)
            idle += delay
        body = request(prefix, numbers, time.time()).SerializeToString()
        asked = time.time()
        connection.request("POST", address.path, body, HEADERS)
        connection.getresponse().read()
        idle += time.time() - asked
    print(json.dumps({"sent": total, "seconds": time.time() - start, "idle": idle}), flush=True)


def spans_at_once(rate: int) -> int:
    """Returns how many spans an SDK sends in a request where so many end in a second."""
    return min(SPANS_PER_REQUEST, rate * DELAY_SECONDS)


def request(prefix: str, numbers: range, now: float) -> ExportTraceServiceRequest:
    """Returns a request with spans that a server made of requests, numbered by their ids.

    Args:
        prefix: Four hexadecimal digits that the ids start with.
        numbers: The spans' numbers.
        now: When they ended, in seconds since 1970.
    """
    spans = [_span(prefix, number, now) for number in numbers]
    service = KeyValue(key="service.name", value=AnyValue(string_value="bench"))
    scope = ScopeSpans(scope=InstrumentationScope(name="bench"), spans=spans)
    resource = ResourceSpans(resource=Resource(attributes=[service]), scope_spans=[scope])
    return ExportTraceServiceRequest(resource_spans=[resource])


def _span(prefix: str, number: int, now: float) -> Span:
    """The first digits of a trace's id are its time, as X-Ray wants them."""
    return Span(
        trace_id=bytes.fromhex(f"{int(now):08x}{prefix}{number:020x}"),
        span_id=bytes.fromhex(f"{prefix}{number:012x}"),
        name="bench",
        kind=Span.SPAN_KIND_SERVER,
        start_time_unix_nano=int((now - 0.01) * 1e9),
        end_time_unix_nano=int(now * 1e9),
    )


if __name__ == "__main__":
    main()
