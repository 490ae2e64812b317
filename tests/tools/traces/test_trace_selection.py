"""A sample of many traces leads to every place of the map that there is something to see at."""

from collections.abc import Iterable

from tests.tools.traces.documents_for_tests import record, segment, texts
from tools.traces.assembly import assemble_trace
from tools.traces.model import Trace
from tools.traces.page import render_page
from tools.traces.selection import select_traces
from tools.traces.service_graph import build_service_graph

RARE = 30


def call(target: str, number: int, *, seconds: float = 0.01, fault: bool = False) -> Trace:
    """Make a trace through an app that calls something."""
    trace_id = f"{target}-{number}-{fault}"
    calling = record(target, number, number + seconds, namespace="remote", fault=fault)
    app = segment("app", number, number + seconds, trace_id=trace_id, subsegments=[calling])
    return assemble_trace(trace_id, texts(app))


def many(count: int) -> list[Trace]:
    """Make traces of as many paths, all newer and slower than any other here; half are faults."""
    return [busy(1000 + number, fault=number % 2 == 0) for number in range(count)]


def busy(number: int, *, fault: bool) -> Trace:
    """Make a trace through an app that calls one service for each bit of the number."""
    trace_id = f"busy-{number}"
    calls = [
        record(f"busy-{bit}", number, number + 1, namespace="remote")
        for bit in range(number.bit_length())
        if number >> bit & 1
    ]
    app = segment("app", number, number + 1, trace_id=trace_id, fault=fault, subsegments=calls)
    return assemble_trace(trace_id, texts(app))


def targets_of(traces: Iterable[Trace]) -> set[str]:
    return {edge.target.name for edge in build_service_graph(traces).edges}


def test_a_sample_goes_through_every_edge_of_the_map() -> None:
    rare = [call(f"rare-{number}", number) for number in range(RARE)]
    traces = [*rare, *many(1000)]
    selected = select_traces(traces, 4 * RARE)
    assert len(selected) == 4 * RARE
    assert targets_of(selected) == targets_of(traces)


def test_a_sample_has_a_failure_of_every_edge_that_fails() -> None:
    failing = [call(f"rare-{number}", number, fault=True) for number in range(RARE)]
    well = [call(f"rare-{number}", number, seconds=0.02) for number in range(RARE)]
    selected = select_traces([*failing, *well, *many(1000)], 6 * RARE)
    assert not [trace.id for trace in failing if trace not in selected]


def test_of_the_traces_through_an_edge_the_slowest_is_in_the_sample() -> None:
    slowest = call("rare", 0, seconds=0.5)
    others = [call("rare", number) for number in range(1, 50)]
    assert slowest in select_traces([*others, slowest, *many(1000)], 20)


def test_a_map_of_more_edges_than_fit_leaves_half_of_the_sample_to_other_traces() -> None:
    rare = [call(f"rare-{number}", number) for number in range(500)]
    busy = many(1000)
    selected = select_traces([*rare, *busy], 100)
    assert len(selected) == 100
    assert sum(trace in busy for trace in selected) >= 50
    assert busy[-1] in selected


def test_the_page_counts_all_traces_though_it_lists_a_sample() -> None:
    traces = [*many(3000), call("rare", 0)]
    html = render_page(traces, build_service_graph(traces), "Traces", limit=10)
    assert html.count('<li class="trace"') == 10
    assert "10 of 3,001 traces" in html
    assert '<td class="number">3,001</td>' in html


def test_a_page_of_more_traces_is_no_larger() -> None:
    sizes = [
        len(render_page(traces, build_service_graph(traces), "Traces"))
        for traces in (many(1000), many(4000))
    ]
    assert sizes[1] < 1.1 * sizes[0]
