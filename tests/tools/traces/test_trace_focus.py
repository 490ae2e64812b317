import re

import pytest
from rich.console import Console

from tests.tools.traces.documents_for_tests import segment, texts
from tools.traces.assembly import assemble_trace
from tools.traces.focus import focus
from tools.traces.model import Trace
from tools.traces.page import render_page
from tools.traces.service_graph import ServiceGraph, build_service_graph
from tools.traces.terminal import render_service_map

SERVICES = 60
FAILING = "service-59"
"""It is requested least of all, and fails each time."""


def traces_through_many_services() -> list[Trace]:
    """Returns one request to the last service, two to the one before it, and so on."""
    return [
        assemble_trace(
            f"1-66504400-{number:012x}{count:012x}",
            texts(segment(f"service-{number}", count, count + 0.1, fault=number == SERVICES - 1)),
        )
        for number in range(SERVICES)
        for count in range(SERVICES - number)
    ]


@pytest.fixture(scope="module")
def traces() -> list[Trace]:
    return traces_through_many_services()


@pytest.fixture(scope="module")
def graph(traces: list[Trace]) -> ServiceGraph:
    return build_service_graph(traces)


def test_a_small_graph_is_shown_whole(graph: ServiceGraph) -> None:
    assert focus(graph, SERVICES + 1) is graph


def test_the_busiest_services_and_the_failing_one_are_in_focus(graph: ServiceGraph) -> None:
    names = {node.name for node in focus(graph, 10).nodes}
    assert names == {"client", FAILING, *(f"service-{number}" for number in range(8))}


def test_only_calls_between_services_in_focus_are_shown(graph: ServiceGraph) -> None:
    shown = focus(graph, 10)
    keys = {node.key for node in shown.nodes}
    assert len(shown.edges) == 9
    assert all(edge.source in keys and edge.target in keys for edge in shown.edges)


def test_what_was_counted_is_of_all_services(graph: ServiceGraph) -> None:
    assert focus(graph, 10).trace_count == SERVICES * (SERVICES + 1) // 2


def test_the_page_says_how_many_nodes_it_draws_and_lists_all(
    traces: list[Trace], graph: ServiceGraph
) -> None:
    page = render_page(traces, graph, "Traces")
    assert f"30 of {SERVICES + 1} nodes are drawn" in page
    assert all(f'data-label="service-{number}"' in page for number in range(SERVICES))


def test_a_link_on_the_map_filters_as_its_row_in_the_table_does(
    traces: list[Trace], graph: ServiceGraph
) -> None:
    page = render_page(traces, graph, "Traces")
    links = re.findall(rf'data-filter="(n\d+)" data-label="{FAILING}"', page)
    assert len(links) == 3
    assert len(set(links)) == 1


def test_the_terminal_says_how_many_nodes_it_shows(graph: ServiceGraph) -> None:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(render_service_map(graph))
    shown = capture.get()
    assert f"20 of {SERVICES + 1} nodes are shown" in shown
    assert FAILING in shown
    assert shown.count("\n") < 250
