"""Of many traces, and of a large graph, what is shown leads to every failure and every edge."""

import pytest
from rich.console import Console

from tests.tools.traces.documents_for_tests import remote, segment, trace_of
from tools.traces.page import render_page, select_traces
from tools.traces.service_graph import ServiceGraph, build_service_graph, select_nodes
from tools.traces.terminal import render_service_map
from tools.traces.trace import Trace

RARE = 30
SERVICES = 250
FAILING = f"service-{SERVICES - 1}"
"""It is requested least of all, and fails each time."""


def call(target: str, number: int, *, seconds: float = 0.01, fault: bool = False) -> Trace:
    """Makes a trace through an app that calls something."""
    inner = [remote(target, start=number, end=number + seconds, fault=fault)]
    app = segment("app", number, number + seconds, fault=fault, subsegments=inner)
    return trace_of(app, trace_id=f"{target}-{number}-{fault}")


def select(traces: list[Trace], limit: int) -> list[Trace]:
    return select_traces(traces, build_service_graph(traces), limit)


@pytest.fixture(scope="module")
def busy() -> list[Trace]:
    return [call("busy", 1000 + number, fault=number % 2 == 0) for number in range(300)]


@pytest.fixture(scope="module")
def wide() -> ServiceGraph:
    """Returns the graph of services of which the first are requested most."""
    return build_service_graph(
        trace_of(segment(f"service-{number}", count, fault=number == SERVICES - 1))
        for number in range(SERVICES)
        for count in range(max(1, 20 - number))
    )


def test_every_edge_of_the_map_leads_to_a_trace(busy: list[Trace]) -> None:
    rare = [call(f"rare-{number}", number) for number in range(RARE)]
    selected = select([*rare, *busy], 4 * RARE)
    assert len(selected) == 4 * RARE
    assert not set(rare) - set(selected)
    assert len(select(busy[:5], 5)) == 5


def test_the_trace_of_an_edge_is_its_worst_and_failures_and_the_newest_stay(
    busy: list[Trace],
) -> None:
    fast, slow, failed = call("x", 0), call("x", 1, seconds=0.5), call("x", 2, fault=True)
    assert failed in select([fast, slow, failed, *busy], 10)
    assert {fast, slow} & {*select([fast, slow, *busy], 10)} == {slow}
    rare = [call(f"rare-{number}", number) for number in range(200)]
    selected = select([*rare, *busy], 100)
    assert sum(trace.status == "fault" for trace in selected) >= 25
    assert busy[-1] in selected


def test_the_busiest_nodes_and_failing_ones_are_shown(wide: ServiceGraph) -> None:
    assert select_nodes(wide, SERVICES + 1) == wide
    shown = select_nodes(wide, 10)
    busiest = {f"service-{number}" for number in range(8)}
    assert {node.key.name for node in shown.nodes} == {"client", FAILING, *busiest}
    assert len(shown.edges) == 9
    assert shown.trace_count == wide.trace_count


def test_page_and_terminal_say_how_many_nodes_they_show(wide: ServiceGraph) -> None:
    page = render_page([], wide, "Traces")
    assert f"30 of {SERVICES + 1} nodes are drawn" in page
    assert "The tables below have 200." in page
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(render_service_map(wide))
    assert f"20 of {SERVICES + 1} nodes are shown" in capture.get()
    assert FAILING in capture.get()
