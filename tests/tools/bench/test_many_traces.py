from pathlib import Path

from tools.bench.performance.many_traces import documents_of_traces
from tools.bench.performance.page import show
from tools.traces.assembly import assemble_trace
from tools.traces.model import Status
from tools.traces.page import TRACES_IN_DETAIL
from tools.traces.service_graph import build_service_graph

TRACES = 2_000


def test_the_same_traces_are_made_each_time() -> None:
    assert list(documents_of_traces(20)) == list(documents_of_traces(20))
    assert list(documents_of_traces(20)) == list(documents_of_traces(40))[:20]


def test_the_traces_are_whole_and_go_through_a_hundred_services() -> None:
    traces = [assemble_trace(trace_id, texts) for trace_id, texts in documents_of_traces(TRACES)]
    assert all(3 <= len(trace.segments) <= 8 for trace in traces)
    assert not any(trace.orphans or trace.unreadable_documents for trace in traces)
    graph = build_service_graph(traces)
    assert len([node for node in graph.nodes if node.name.startswith("service-")]) == 100
    assert {trace.status for trace in traces} == set(Status)


def test_four_times_the_traces_make_a_page_of_about_the_same_size(tmp_path: Path) -> None:
    few = show(TRACES_IN_DETAIL, tmp_path / "few.html")
    many = show(TRACES, tmp_path / "many.html")
    assert (few.traces, many.traces) == (TRACES_IN_DETAIL, TRACES)
    assert many.page_bytes < 1.2 * few.page_bytes
    assert many.terminal_lines < 400
