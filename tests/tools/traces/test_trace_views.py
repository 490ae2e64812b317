import io
import math
import re
from typing import Any

import pytest
from rich.console import Console, RenderableType

from tests.tools.traces.documents_for_tests import (
    LOST,
    TRACE_ID,
    called,
    record,
    remote,
    segment,
    texts,
    trace_of,
    two_services,
)
from tools.traces.details import build_timeline, list_sections
from tools.traces.formatting import format_rate, format_seconds, format_share, printable
from tools.traces.page import render_page
from tools.traces.service_graph import ServiceGraph, build_service_graph
from tools.traces.service_map import Point, draw_service_map
from tools.traces.terminal import (
    render_segment,
    render_service_map,
    render_trace,
    render_trace_list,
)
from tools.traces.trace import Trace, assemble_trace


def shown(renderable: RenderableType) -> str:
    output = io.StringIO()
    Console(width=80, file=output).print(renderable)
    lines = output.getvalue().splitlines()
    assert max(map(len, lines), default=0) <= 80
    return "\n".join(line.rstrip() for line in lines)


def map_of(*documents: dict[str, Any]) -> str:
    return shown(render_service_map(build_service_graph([trace_of(*documents)])))


def test_the_map_is_a_tree_along_the_calls() -> None:
    assert map_of(*two_services(status=503)) == (
        "client\n"
        "└── service-a  AWS::EKS::Container\n"
        "    1 request · 100% faults\n"
        "    p50 50.0 ms · p90 50.0 ms · p99 50.0 ms\n"
        "    └── service-b  AWS::EKS::Container\n"
        "        1 request · 100% faults\n"
        "        p50 30.0 ms · p90 30.0 ms · p99 30.0 ms\n"
        "\n"
        "1 trace, 2 segments."
    )


def test_the_tree_shows_each_node_once_and_stops_at_cycles() -> None:
    first, second, back, call = remote("c"), remote("c"), remote("a"), remote("b")
    text = map_of(
        segment("a", subsegments=[first, call]),
        called("c", first, subsegments=[remote("d")]),
        called("b", call, subsegments=[second, back]),
        called("c", second),
        called("a", back),
    )
    assert text.count("(opened out above)") == 1
    assert text.count("(a cycle)") == 1
    assert text.count("── d ") == 1
    assert text.count("1 of 2 requests") == 4


@pytest.mark.parametrize(("seconds", "rate"), [(59, ""), (60, " · 2.0/min")])
def test_rates_are_told_from_a_minute_on(seconds: int, rate: str) -> None:
    traces = [trace_of(segment("a", each), trace_id=f"{each}") for each in (0, seconds)]
    text = shown(render_service_map(build_service_graph(traces)))
    assert f"2 requests{rate}\n" in text
    assert ("rates are over" in text) == bool(rate)


def test_a_long_chain_of_services_is_shown_in_pieces_that_fit() -> None:
    documents = [segment("service-0")]
    for number in range(1, 18):
        documents.append(called(f"service-{number}", documents[-1]))
    text = map_of(*documents)
    assert all(f"─ service-{number} " in text for number in range(1, 18))
    assert text.count("(continued below)") == 1


def test_the_list_tells_what_came_back() -> None:
    traces = [trace_of(*two_services(status=503)), Trace(id="lost", unprocessed=True)]
    text = shown(render_trace_list(traces))
    for part in (TRACE_ID, "fault 503", "service-a GET http://service-a/", "not returned by X-Ray"):
        assert part in text


def test_names_cannot_control_the_terminal() -> None:
    trace = trace_of(segment("\x1b[31mred\x07 [bold]x[/bold]", user="a\nb"))
    for renderable in (
        render_service_map(build_service_graph([trace])),
        render_trace_list([trace]),
        render_trace(trace),
        render_segment(trace, trace.segments[0]),
    ):
        text = shown(renderable)
        assert not {"\x1b", "\x07"} & set(text)
        assert "[bold]" in text.replace("\n", "").replace(" ", "")
    assert printable("a\nb\u202e\ud800") == "a\\nb\\u202e\\ud800"


def test_long_texts_are_shortened_and_still_told_apart() -> None:
    names = ["x" * 1_000_000 + end for end in ("a", "b")]
    fields: dict[str, Any] = dict.fromkeys(("user", "origin", "namespace"), names[0])
    fields |= {"metadata": {names[0]: names}, "http": {"request": {"url": names[0]}}}
    fields["cause"] = {"exceptions": [{"id": names[0], "message": names[0]}]}
    fields |= {"aws": {"account_id": names[0]}, "links": [{"trace_id": names[0]}]}
    fields["subsegments"] = [record("S3", namespace="aws", aws={"bucket_name": names[0]})]
    trace = trace_of(*(segment(name, **fields) for name in names))
    graph = build_service_graph([trace])
    assert len(graph.nodes) == 4
    renderables = render_service_map(graph), render_trace_list([trace]), render_trace(trace)
    text = "".join(
        map(shown, (*renderables, *(render_segment(trace, each) for each in trace.records)))
    )
    assert "(1,000,001 characters," in text
    assert len(text) < 50_000
    page = render_page([trace], graph, "Traces")
    assert len(page) < 1_000_000


def test_types_tell_nodes_of_one_name_apart() -> None:
    calls = [remote("orders"), remote("orders", sql={"url": "x"}), remote("orders")]
    answer = called("orders", calls[0], origin="AWS::EKS::Container")
    trace = trace_of(segment("front", subsegments=calls), answer)
    graph = build_service_graph([trace])
    page, text = render_page([trace], graph, "Traces"), shown(render_service_map(graph))
    for kind in ("AWS::EKS::Container", "Database::SQL", "remote"):
        assert f"orders  {kind}" in text
        # An edge on the map and its row, the row of the service, and what a filter is called.
        assert page.count(f"orders ({kind})") >= 4
    assert "front (AWS" not in page


def test_a_limit_and_links_are_told() -> None:
    link = {"trace_id": TRACE_ID, "id": LOST, "attributes": {}}
    trace = assemble_trace(TRACE_ID, texts(segment("a", links=[link])), limit_exceeded=True)
    graph = build_service_graph([trace])
    assert "1 trace with more segments than X-Ray keeps" in shown(render_service_map(graph))
    assert "more segments than X-Ray keeps" in shown(render_trace(trace))
    assert f"Trace  {TRACE_ID}, {LOST}" in shown(render_segment(trace, trace.records[0]))
    assert f"<dd>{TRACE_ID}, {LOST}</dd>" in render_page([trace], graph, "Traces")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_numbers_that_are_not_finite_are_shown(number: str) -> None:
    fields = (
        '"end_time": N, "metadata": {"x": N}, "http": {"response": {"status": N}}, "links": [N]'
    )
    inner = '{"id": "2", "name": "b", "start_time": N, "end_time": N}'
    text = f'{{"id": "1", "name": "a", "start_time": 1e9, {fields}, "subsegments": [{inner}]}}'
    trace = assemble_trace(TRACE_ID, [text.replace("N", number), text.replace("1e9", number)])
    graph = build_service_graph([trace])
    assert (of_name(graph, "a"), len(trace.unreadable)) == (1, 2)
    assert shown(render_trace(trace))
    assert render_page([trace], graph, "Traces")


@pytest.mark.slow
def test_what_is_nested_as_deeply_as_can_be_read_is_shown() -> None:
    for depth in range(800, 1000):
        text = '{"id": "1", "name": "a", "start_time": 1e9, "aws": {"account_id": N}, "links": [N]}'
        text = text.replace("N", '{"id": ' * depth + "1" + "}" * depth)
        trace = assemble_trace(TRACE_ID, [text])
        assert render_page([trace], build_service_graph([trace]), "Traces")


def of_name(graph: ServiceGraph, name: str) -> int:
    return sum(each.statistics.request_count for each in graph.nodes if each.key.name == name)


def test_the_called_segment_is_under_the_calling_subsegment() -> None:
    rows = build_timeline(trace_of(*two_services(seconds=1.0)))
    depths = [(row.record.is_segment, row.depth) for row in rows]
    assert depths == [(True, 0), (False, 1), (True, 2)]
    assert [row.start for row in rows] == pytest.approx([0, 0.1, 0.2], abs=1e-6)
    assert [row.length for row in rows] == pytest.approx([1, 0.8, 0.6], abs=1e-6)
    assert not any(row.caller_note for row in rows)
    trace = trace_of(segment("b", parent_id=LOST), segment("c", 0.5, parent_id="5" * 16))
    said = "called by a client that is not traced", "caller missing"
    assert tuple(row.caller_note for row in build_timeline(trace)) == said
    assert {"(called", "(caller"} <= set(shown(render_trace(trace)).split())


def test_a_trace_is_drawn_as_bars_that_are_all_visible() -> None:
    calls = [remote("half", start=0.5), remote("short", start=0.995, end=0.996)]
    lines = shown(render_trace(trace_of(segment("app", subsegments=calls)))).splitlines()
    bars = [line.count("█") or line.count("▏") for line in lines[3:]]
    assert bars == [30, 15, 1]
    assert len({len(line) for line in lines[3:]}) == 1


def test_the_pod_and_the_instance_are_the_first_resources() -> None:
    ec2 = {"ami_id": None, "instance_id": "i-1"}
    aws = {"lambda": {"memory": 128}, "ec2": ec2, "eks": {"pod": "p-1"}, "table_names": ["a", "b"]}
    trace = trace_of(segment("app", origin="AWS::EKS::Container", aws=aws))
    assert list_sections(trace, trace.segments[0])["Resources"] == [
        ("Origin", "AWS::EKS::Container"),
        ("Pod", "p-1"),
        ("Instance", "i-1"),
        ("lambda.memory", "128"),
        ("table_names", "a, b"),
    ]


def test_numbers_have_three_digits_and_small_ones_are_never_none() -> None:
    seconds = [None, 0, 0.0015, 0.0123, 0.1234, 0.9999, 12.34, 1234]
    assert " | ".join(map(format_seconds, seconds)) == (
        "- | 0.00 ms | 1.50 ms | 12.3 ms | 123 ms | 1.00 s | 12.3 s | 1,234 s"
    )
    shares = [0.0, 0.00001, 0.05, 0.14, 1 / 3, 0.99999, 1.0]
    assert " ".join(map(format_share, shares)) == "0% <0.1% 5% 14% 33.3% >99.9% 100%"
    assert " ".join(map(format_rate, [0.04, 12.34, 1234.5])) == "<0.1 12.3 1,234"


def test_edges_join_their_nodes_within_the_frame() -> None:
    there, back, own = remote("b"), remote("a"), remote("c" * 22)
    documents = (
        segment("a", subsegments=[there]),
        called("b", there, subsegments=[back]),
        called("a", back),
        segment("c" * 22, parent_id=LOST, subsegments=[own]),
        called("c" * 22, own),
    )
    drawing = draw_service_map(build_service_graph([trace_of(*documents)]))
    centres = {node.key.name: centre for node, centre in drawing.nodes}
    assert centres["client"].x < centres["a"].x < centres["b"].x
    places = list(centres.values())
    for edge, path, label in drawing.edges:
        x_and_y = re.findall(r"([-\d.]+),([-\d.]+)", path)
        curve = [Point(float(x), float(y)) for x, y in x_and_y]
        assert math.dist(curve[0], centres[edge.source.name]) < 60
        assert math.dist(curve[-1], centres[edge.target.name]) < 60
        places += [*curve, label]
    assert len(set(centres.values())) == len(centres) == 5
    assert all(drawing.first.x < place.x < drawing.last.x for place in places)
    assert all(drawing.first.y < place.y < drawing.last.y for place in places)
