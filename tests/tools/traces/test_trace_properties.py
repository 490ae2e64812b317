"""Whatever the shape of the traces, nothing is lost or counted twice, and nothing raises."""

import io
import itertools
import json
from collections import Counter
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.tools.traces.documents_for_tests import TRACE_ID, record, segment, texts
from tools.traces.details import build_timeline
from tools.traces.page import render_page
from tools.traces.service_graph import build_service_graph
from tools.traces.service_map import STEP, lay_out
from tools.traces.terminal import (
    render_segment,
    render_service_map,
    render_trace,
    render_trace_list,
)
from tools.traces.trace import Trace, assemble_trace

NAMES = st.sampled_from(["a", "b", "c", "<script>", "ü 🚀 \u202e", "\x1b[31m", "[bold]x"])


KINDS = [{}, {"namespace": "remote"}, {"namespace": "aws"}, {"sql": {"url": "x"}}]
FLAGS = [{}, {"error": True}, {"throttle": True}, {"fault": True}]


def draw_record(draw: st.DrawFn, **fields: Any) -> dict[str, Any]:
    end = draw(st.none() | st.floats(0, 20))
    flags = draw(st.sampled_from(FLAGS))
    return segment(draw(NAMES), draw(st.floats(0, 10)), end, **flags, **fields)


@st.composite
def trace_documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draws a random tree of segments; some calls are answered, some records sent alone."""
    documents: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = [{}]
    while waiting and len(documents) < 12:
        document = draw_record(draw, origin="AWS::EC2::Instance", **waiting.pop())
        documents.append(document)
        for _ in range(draw(st.integers(0, 3))):
            call = draw_record(draw, **draw(st.sampled_from(KINDS)))
            if draw(st.booleans()):
                waiting.append({"parent_id": call["id"]})
            holder = document
            for _ in range(draw(st.integers(0, 3))):
                local = record("local")
                holder.setdefault("subsegments", []).append(local)
                holder = local
            if draw(st.integers(0, 4)) == 0:
                documents.append(call | {"type": "subsegment", "parent_id": holder["id"]})
            else:
                holder.setdefault("subsegments", []).append(call)
    return draw(st.permutations(documents))


@st.composite
def lossy_traces(draw: st.DrawFn) -> list[Trace]:
    """Draws traces of which some documents were lost, repeated or garbled."""
    traces: list[Trace] = []
    for index in range(draw(st.integers(0, 3))):
        documents = texts(*draw(trace_documents()))
        sent = [text for text in documents for _ in range(draw(st.sampled_from([0, 1, 1, 2])))]
        garbage = draw(st.lists(st.text(max_size=8), max_size=1))
        traces.append(assemble_trace(f"{TRACE_ID[:-1]}{index}", sent + garbage))
    return traces


@given(lossy_traces())
@settings(max_examples=30, deadline=None)
def test_nodes_count_their_segments_and_edges_a_part(traces: list[Trace]) -> None:
    graph = build_service_graph(traces)
    segments = [item for trace in traces for item in trace.segments]
    expected = Counter((item.name, item.origin or "service") for item in segments)
    into: Counter[object] = Counter()
    for edge in graph.edges:
        into[edge.target] += edge.statistics.request_count
    for node in graph.nodes:
        statistics = node.statistics
        assert sum(statistics.status_counts.values()) == statistics.request_count
        if not node.is_source:
            assert into[node.key] == statistics.request_count
        if node.key in expected:
            assert statistics.request_count == expected[node.key]
    assert expected.keys() <= {node.key for node in graph.nodes}


@given(trace_documents())
@settings(max_examples=30, deadline=None)
def test_no_record_is_lost_in_assembly_or_timeline(documents: list[dict[str, Any]]) -> None:
    trace = assemble_trace(TRACE_ID, texts(*documents))
    sent = json.dumps(documents).count('"start_time"')
    assert len(trace.records) == sent
    assert len(build_timeline(trace)) == sent
    assert trace.tops == trace.segments
    assert all(edge.source.name != "unknown caller" for edge in build_service_graph([trace]).edges)


@given(lossy_traces())
@settings(max_examples=12, deadline=None)
def test_everything_can_be_shown(traces: list[Trace]) -> None:
    graph = build_service_graph(traces)
    output = io.StringIO()
    console = Console(width=80, file=output)
    console.print(render_service_map(graph), render_trace_list(traces))
    for trace in traces:
        console.print(render_trace(trace))
        for item in trace.records:
            console.print(render_segment(trace, item))
    assert "\x1b" not in output.getvalue()
    html = render_page(traces, graph, "Traces")
    assert html.count("<script>") == 1


@given(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), edges_between(n))))
@settings(max_examples=40, deadline=None)
# igraph places two of its nodes on one another.
@example((8, [(0, 4), (0, 6), (0, 7), (1, 4), (1, 5), (1, 7), (2, 1), (3, 2)]))
def test_every_graph_can_be_laid_out(graph: tuple[int, list[tuple[int, int]]]) -> None:
    node_count, edges = graph
    nodes, routes = lay_out(node_count, edges)
    pairs = itertools.combinations([*nodes, *itertools.chain(*routes)], 2)
    assert all(a.x != b.x or abs(a.y - b.y) > 0.9 * STEP.y for a, b in pairs)
    for (source, target), route in zip(edges, routes, strict=True):
        layers = [nodes[source].x, *(point.x for point in route), nodes[target].x]
        steps = {after - before for before, after in itertools.pairwise(layers)}
        assert steps in ({STEP.x}, {-STEP.x}) or source == target


def edges_between(node_count: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    node = st.integers(0, node_count - 1)
    return st.lists(st.tuples(node, node), max_size=60, unique=True)
