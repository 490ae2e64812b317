"""Whatever the shape of the traces, nothing is lost or counted twice, and nothing raises."""

import io
import itertools
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.tools.traces.documents_for_tests import TRACE_ID, record, segment, texts
from tools.traces.clocks import LONGEST_SECONDS
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


ODD: list[dict[str, Any]] = [
    *({},) * 8,
    {"aws": {"account_id": "123456789012"}},
    {"aws": {"account_id": [1]}, "links": [{}, {"id": 3}], "cause": "x", "user": "u" * 5000},
    {"http": {"response": {"status": 1e400}}, "metadata": {"x": float("nan")}, "aws": None},
    {"within": "x", "wrong_times": "x", "is_segment": 7, "resource_arn": "::::1:"},
]
UNREADABLE = [
    "{oops",
    "[]",
    "null",
    '{"id": "1"}',
    '{"id": 1, "name": "", "start_time": 1}',
    "[" * 9000,
]
SHIFTS = [*(0.0,) * 8, -3600.0, 3600.0, 86400.0, -1.7e9]
FACTORS = [*(1.0,) * 8, 1e3, 1e6, 1e9]


def draw_record(draw: st.DrawFn, **fields: Any) -> dict[str, Any]:
    end = draw(st.none() | st.floats(0, 20))
    flags = draw(st.sampled_from(FLAGS)) | draw(st.sampled_from(ODD))
    made = segment(draw(NAMES), draw(st.floats(0, 10)), end, **flags)
    for name in ("start_time", "end_time"):
        if name in made:
            made[name] = (made[name] + draw(st.sampled_from(SHIFTS))) * draw(
                st.sampled_from(FACTORS)
            )
    made |= fields
    return made | {
        each: made[each].upper()
        for each in ("id", "parent_id")[: draw(st.integers(0, 2))]
        if each in made
    }


@st.composite
def trace_documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draws a random tree of segments; some calls are answered, some records sent alone."""
    documents: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = [{}]
    while waiting and len(documents) < 12:
        fields = waiting.pop()
        document = draw_record(draw, origin="AWS::EC2::Instance", **fields)
        documents.append(document)
        for _ in range(draw(st.integers(0, 3))):
            call = draw_record(draw, **draw(st.sampled_from(KINDS)))
            if draw(st.booleans()):
                shared = {"id": call["id"]} if draw(st.integers(0, 4)) == 0 else {}
                waiting.append({"parent_id": call["id"]} | shared)
            holder = document
            for _ in range(draw(st.integers(0, 3))):
                local = record("local")
                holder.setdefault("subsegments", []).append(local)
                holder = local
            # What a lost segment of a shared id sent alone would be in the call.
            if draw(st.integers(0, 4)) == 0 and "id" not in fields:
                documents.append(call | {"type": "subsegment", "parent_id": holder["id"]})
            else:
                holder.setdefault("subsegments", []).append(call)
    return draw(st.permutations(documents))


@st.composite
def sent_texts(draw: st.DrawFn) -> list[str]:
    """Draws the documents of a trace of which some were lost, repeated or garbled."""
    documents = texts(*draw(trace_documents()))
    sent = [text for text in documents for _ in range(draw(st.sampled_from([0, 1, 1, 2])))]
    return sent + draw(st.lists(st.sampled_from(UNREADABLE), max_size=2))


def lossy_traces() -> st.SearchStrategy[list[Trace]]:
    sent = st.lists(sent_texts(), max_size=3)
    return sent.map(lambda all_: [assemble_trace(f"{n}", one) for n, one in enumerate(all_)])


def count_requests(sent: list[str]) -> Counter[str]:
    """Counts requests by whom they are to, going by nothing but the documents."""
    documents = {text: json.loads(text) for text in sent if text not in UNREADABLE}.values()
    records = list(documents)
    for each in records:
        records += each.get("subsegments", [])
    segments = [each for each in documents if each.get("type") != "subsegment"]
    answered = {each["id"].lower() for each in segments} | {
        each["parent_id"].lower() for each in segments if "parent_id" in each
    }
    calls = {
        each["id"]: each["name"]
        for each in records
        if not any(each is one for one in segments) and ("namespace" in each or "sql" in each)
    }
    unanswered = [name for id_, name in calls.items() if id_.lower() not in answered]
    return Counter([*(each["name"] for each in segments), *unanswered])


def check_totals(sent: list[str]) -> None:
    trace = assemble_trace(TRACE_ID, sent)
    graph, counted = build_service_graph([trace]), Counter[str]()
    for edge in graph.edges:
        counted[edge.target.name] += edge.statistics.request_count
    assert counted == count_requests(sent)
    for node in graph.nodes:
        statistics = node.statistics
        assert sum(statistics.status_counts.values()) == statistics.request_count
        into = [each.statistics.request_count for each in graph.edges if each.target == node.key]
        assert node.is_source or sum(into) == statistics.request_count
    readable = [text for text in sent if text not in UNREADABLE]
    assert trace.duplicate_segment_count == len(readable) - len(set(readable))
    assert {text for _, text in trace.unreadable} == set(sent) - set(readable)
    assert 0 <= trace.duration_seconds < LONGEST_SECONDS + 100
    console = Console(width=80, file=io.StringIO())
    console.print(render_service_map(graph), render_trace_list([trace]), render_trace(trace))


@given(sent_texts())
@settings(max_examples=100, deadline=None)
def test_totals_are_right_whatever_is_sent(sent: list[str]) -> None:
    check_totals(sent)


@pytest.mark.slow
@given(sent_texts())
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_totals_are_right_ten_thousand_times(sent: list[str]) -> None:
    check_totals(sent)


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
