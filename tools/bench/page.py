"""Size and time of the traces page of 10,000 traces, beside that of 1,000."""

import json
import random
from time import process_time
from typing import Final

from tools.traces.page import render_page
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import assemble_trace

from .results import Row, write_ratios

COUNTS: Final = (10_000, 1_000)
IN_SHORT: Final = (2_000, 200)

MOST_BYTES: Final = 4
MOST_TIME: Final = 15
"""How many times as much ten times the traces may take; what is quadratic takes a hundred times."""


def measure_page(*, short: bool = False) -> str:
    """Writes both pages, and `page.md` unless it is short; returns what that says.

    Raises:
        ToolError: It is short, and a ratio is above its limit.
    """
    many, few = IN_SHORT if short else COUNTS
    (large, long), (small, brief) = measure(many), measure(few)
    rows = [
        Row("size of the page", f"{large / 1e6:.2f} MB", large / small, MOST_BYTES),
        Row("CPU time, from documents to page", f"{long:.1f} s", long / brief, MOST_TIME),
    ]
    conditions = (
        f"{many:,} traces beside {few:,}, made up: 100 services, 3 to 8 segments each. The page "
        "counts all of them, and shows the newest ones in detail."
    )
    return write_ratios("page", rows, conditions, short=short)


def measure(count: int) -> tuple[int, float]:
    """Returns the bytes of the page of so many traces, and the seconds of CPU that it takes."""
    documents = {f"1-6ab13e00-{number:024x}": documents_of(number) for number in range(count)}
    began = process_time()
    traces = [assemble_trace(trace_id, texts) for trace_id, texts in documents.items()]
    html = render_page(traces, build_service_graph(traces), "Traces")
    return len(html.encode()), process_time() - began


def documents_of(number: int) -> list[str]:
    """Returns the segment documents of a trace: a chain of calls, the same for a number."""
    source = random.Random(number)
    service, parent, documents = source.randrange(10), None, list[str]()
    start, seconds = 1_790_000_000 + number / 100, source.lognormvariate(-3, 0.8)
    for _ in range(source.randint(3, 8)):
        times = {"start_time": start, "end_time": start + seconds}
        request = {"method": "GET", "url": f"https://shop.example.com/items/{number}"}
        http = {"request": request, "response": {"status": 200}}
        fault = source.random() < 0.02
        service, before = (service * 3 + 10 + source.randrange(3)) % 100, service
        call = {"id": f"{source.getrandbits(64):016x}", "name": f"service-{service}", **times}
        segment = {
            **{"id": f"{source.getrandbits(64):016x}", "name": f"service-{before}", **times},
            "trace_id": f"1-6ab13e00-{number:024x}",
            "parent_id": parent,
            **{"origin": "AWS::EKS::Container", "http": http, "fault": fault},
            "annotations": {"tenant": f"tenant-{source.randrange(20)}"},
            "subsegments": [call | {"namespace": "remote", "http": http}],
        }
        documents.append(json.dumps({key: value for key, value in segment.items() if value}))
        parent, start, seconds = call["id"], start + seconds / 10, seconds * 0.8
    return documents
