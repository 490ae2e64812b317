"""Reads the traces of a few ids, and pages of what is listed."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from tools.traces.assembly import assemble_trace
from tools.traces.model import Trace

TRACES_PER_CALL: Final = 5
"""All that BatchGetTraces takes (X-Ray API reference); beyond, it answers "Exceeding maximum query
size: 5" (https://github.com/boto/boto3/issues/3924)."""

Call: TypeAlias = Callable[..., Mapping[str, Any]]
"""An operation of X-Ray's API."""


def pages(call: Call, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the pages of a list, one call each."""
    page = call(**arguments)
    yield page
    while token := page.get("NextToken"):
        page = call(**arguments, NextToken=token)
        yield page


def read_batch(call: Call, trace_ids: Sequence[str]) -> list[Trace]:
    """Read as many traces as one call takes.

    A trace that isn't returned is asked for once more, alone; if that fails too, it is without
    segments and ``unprocessed``.
    """
    traces = read_returned(call, trace_ids)
    for trace_id in trace_ids:
        if trace_id not in traces:
            traces.update(read_returned(call, [trace_id]))
    return [traces.get(trace_id) or Trace(id=trace_id, unprocessed=True) for trace_id in trace_ids]


def read_returned(call: Call, trace_ids: Sequence[str]) -> dict[str, Trace]:
    """Read those traces that X-Ray returns, by their ids."""
    documents: defaultdict[str, list[str]] = defaultdict(list)
    limit_exceeded: set[str] = set()
    for page in pages(call, TraceIds=list(trace_ids)):
        for item in page.get("Traces", ()):
            # A stand-in leaves out the id of a trace that isn't finished.
            trace_id = item.get("Id") or _only(trace_ids)
            if trace_id is None:
                continue
            segments = item.get("Segments", ())
            documents[trace_id].extend(segment.get("Document", "") for segment in segments)
            if item.get("LimitExceeded"):
                limit_exceeded.add(trace_id)
    return {
        trace_id: assemble_trace(trace_id, texts, limit_exceeded=trace_id in limit_exceeded)
        for trace_id, texts in documents.items()
    }


def _only(trace_ids: Sequence[str]) -> str | None:
    return trace_ids[0] if len(trace_ids) == 1 else None
