import io
import math
import re
from typing import Any

import pytest
from rich.console import Console, RenderableType

from tests.tools.traces.documents_for_tests import (
    TRACE_ID,
    next_id,
    record,
    segment,
    texts,
    two_services,
)
from tools.traces.assembly import assemble_trace
from tools.traces.formatting import format_rate, format_seconds, format_share, printable
from tools.traces.layout import Point, lay_out
from tools.traces.model import Trace
from tools.traces.resources import list_resources
from tools.traces.service_graph import build_service_graph
from tools.traces.service_map import draw_service_map
from tools.traces.statistics import percentile
from tools.traces.terminal import render_service_map, render_trace_list
from tools.traces.terminal_trace import draw_bar, render_segment, render_trace
from tools.traces.timeline import TimelineRow, build_timeline


def shown(renderable: RenderableType) -> str:
    output = io.StringIO()
    Console(width=80, file=output).print(renderable)
    text = output.getvalue()
    assert max(map(len, text.splitlines()), default=0) <= 80
    return "\n".join(line.rstrip() for line in text.splitlines())


def trace_of(*documents: dict[str, Any]) -> Trace:
    return assemble_trace(TRACE_ID, texts(*documents))


def test_the_map_is_a_tree_along_the_calls() -> None:
    text = shown(render_service_map(build_service_graph([trace_of(*two_services())])))
    assert text.startswith(
        "client\n"
        "└── service-a  AWS::EKS::Container\n"
        "    1 request · 60.0/min · 0% faults\n"
        "    p50 50.0 ms · p90 50.0 ms · p99 50.0 ms\n"
        "    └── service-b  AWS::EKS::Container\n"
        "        1 request · 60.0/min · 0% faults\n"
        "        p50 40.0 ms · p90 40.0 ms · p99 40.0 ms\n"
    )
    assert "1 traces, 2 segments" in text


def test_the_tree_stops_at_a_cycle() -> None:
    there, back = record("b", namespace="remote"), record("a", namespace="remote")
    documents = (
        segment("a", subsegments=[there]),
        segment("b", parent_id=there["id"], subsegments=[back]),
        segment("a", parent_id=back["id"]),
    )
    text = shown(render_service_map(build_service_graph([trace_of(*documents)])))
    assert text.count("(a cycle)") == 1


def test_a_node_that_two_others_call_is_opened_out_once() -> None:
    first, second = record("c", namespace="remote"), record("c", namespace="remote")
    c = segment("c", parent_id=first["id"], subsegments=[record("d", namespace="remote")])
    call = record("b", namespace="remote")
    documents = (
        segment("a", subsegments=[first, call]),
        c,
        segment("b", parent_id=call["id"], subsegments=[second]),
        segment("c", parent_id=second["id"]),
    )
    text = shown(render_service_map(build_service_graph([trace_of(*documents)])))
    assert text.count("(opened out above)") == 1
    assert text.count("── d ") == 1


def test_a_circle_of_services_without_an_entry_is_shown() -> None:
    own = next_id()
    graph = build_service_graph([trace_of(segment("a", parent_id=own) | {"id": own})])
    assert "(a cycle)" in shown(render_service_map(graph))


def test_a_long_chain_of_services_is_shown_in_pieces_that_fit() -> None:
    documents = [segment("service-0")]
    for number in range(1, 18):
        documents.append(segment(f"service-{number}", parent_id=documents[-1]["id"]))
    text = shown(render_service_map(build_service_graph([trace_of(*documents)])))
    for number in range(1, 18):
        assert f"─ service-{number} " in text
    assert text.count("(continued below)") == 1


def test_no_traces_are_told() -> None:
    assert shown(render_service_map(build_service_graph([]))) == "No requests in these traces."
    assert shown(render_trace_list([])) == "No traces."


def test_the_list_tells_what_came_back() -> None:
    traces = [trace_of(*two_services(status=503)), Trace(id="lost", unprocessed=True)]
    text = shown(render_trace_list(traces))
    assert TRACE_ID in text
    assert "fault 503" in text
    assert "service-a GET http://service-a/" in text
    assert "not returned by X-Ray" in text


def test_a_trace_is_drawn_as_nested_bars() -> None:
    call = record("call", 0.5, 1.0, namespace="remote")
    lines = shown(render_trace(trace_of(segment("app", subsegments=[call])))).splitlines()
    [app] = [line for line in lines if line.startswith("app")]
    [inner] = [line for line in lines if line.startswith("  call")]
    assert app.count("█") == 30
    assert inner.count("█") == 15
    assert inner.endswith("█")


def test_a_segment_is_shown_with_its_resources_and_exceptions() -> None:
    trace = trace_of(*two_services(status=503))
    text = shown(render_segment(trace.segments[1]))
    for expected in (
        "Pod                service-b-5f6b-k8s9p",
        "Instance           i-0123456789abcdef0",
        "ValueError: the answer is <not> 42",
        "at work (app.py:12)",
    ):
        assert expected in text


def test_names_cannot_control_the_terminal() -> None:
    trace = trace_of(segment("\x1b[31mred\x07 [bold]x[/bold]", user="a\nb"))
    for renderable in (
        render_service_map(build_service_graph([trace])),
        render_trace_list([trace]),
        render_trace(trace),
        render_segment(trace.segments[0]),
    ):
        text = shown(renderable)
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "[bold]" in text.replace("\n", "").replace(" ", "")
    assert printable("a\nb\u202e\ud800") == "a\\nb\\u202e\\ud800"


def test_the_called_segment_is_under_the_calling_subsegment() -> None:
    rows = build_timeline(trace_of(*two_services(seconds=1.0)))
    assert [(row.record.name, row.depth) for row in rows] == [
        ("service-a", 0),
        ("service-b", 1),
        ("service-b", 2),
    ]
    assert [row.offset_seconds for row in rows] == pytest.approx([0, 0.1, 0.2], abs=1e-6)


def test_segments_that_call_each_other_in_a_circle_are_all_in_the_timeline() -> None:
    first, second = next_id(), next_id()
    documents = (
        segment("a", parent_id=second) | {"id": first},
        segment("b", parent_id=first) | {"id": second},
    )
    assert len(build_timeline(trace_of(*documents))) == 2


def test_a_lost_caller_is_marked_in_the_timeline() -> None:
    [row] = build_timeline(trace_of(segment("b", parent_id="feedfeedfeedfeed")))
    assert row.parent_missing


@pytest.mark.parametrize(
    ("offset", "length", "bar"),
    [(0, 1, "████"), (0.5, 0.5, "  ██"), (0.99, 0.0, "   ▏"), (0, 0.375, "█▌"), (1, 0, "   ▏")],
)
def test_a_bar_is_drawn_to_an_eighth(offset: float, length: float, bar: str) -> None:
    [segment_] = trace_of(segment("a")).segments
    row = TimelineRow(
        record=segment_,
        depth=0,
        offset_seconds=offset,
        length_seconds=length,
        parent_missing=False,
    )
    assert draw_bar(row, 1.0, width=4) == bar


def test_resources_have_friendly_labels_and_none_is_left_out() -> None:
    aws = {"lambda": {"memory": 128}, "eks": {"pod": "p-1"}, "resource_names": ["a", "b"]}
    [item] = trace_of(segment("app", origin="AWS::EKS::Container", aws=aws)).segments
    assert list_resources(item) == [
        ("Origin", "AWS::EKS::Container"),
        ("Pod", "p-1"),
        ("Resources", "a, b"),
        ("lambda.memory", "128"),
    ]


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([7.0], 99, 7.0),
        ([1.0, 3.0], 50, 2.0),
        ([1.0, 3.0], 90, 2.8),
        ([float(value) for value in range(101)], 90, 90.0),
        ([float(value) for value in range(101)], 99, 99.0),
    ],
)
def test_percentiles_are_interpolated(
    values: list[float], percent: int, expected: float | None
) -> None:
    assert percentile(values, percent) == pytest.approx(expected)


@pytest.mark.parametrize("percent", [0, 100, -1])
def test_there_is_no_percentile_outside_of_1_to_99(percent: int) -> None:
    with pytest.raises(ValueError, match=str(percent)):
        percentile([1.0], percent)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "-"),
        (0, "0.00 ms"),
        (0.0015, "1.50 ms"),
        (0.0123, "12.3 ms"),
        (0.1234, "123 ms"),
        (0.9999, "1.00 s"),
        (12.34, "12.3 s"),
        (1234, "1,234 s"),
    ],
)
def test_durations_have_three_digits(seconds: float | None, expected: str) -> None:
    assert format_seconds(seconds) == expected


def test_small_shares_never_read_as_none_or_all() -> None:
    shares = [0.0, 0.00001, 0.05, 1 / 3, 0.99999, 1.0]
    assert [format_share(share) for share in shares] == [
        "0%",
        "<0.1%",
        "5%",
        "33.3%",
        ">99.9%",
        "100%",
    ]
    assert [format_rate(rate) for rate in (0.04, 12.34, 1234.5)] == ["<0.1", "12.3", "1,234"]


def test_the_client_is_leftmost_and_long_edges_pass_between_the_nodes() -> None:
    layout = lay_out(4, [(0, 1), (1, 2), (2, 3), (0, 3), (3, 1), (2, 2)])
    assert layout.positions[0].layer == 0
    assert [point.layer for point in layout.positions] == [0, 1, 2, 3]
    assert [point.layer for point in layout.routes[3]] == [1, 2]
    assert [point.layer for point in layout.routes[4]] == [2]
    assert layout.routes[5] == []


def test_only_edges_that_close_a_cycle_lead_back() -> None:
    layout = lay_out(5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 1), (4, 2), (3, 3)])
    assert [point.layer for point in layout.positions] == [0, 1, 2, 3, 4]
    assert [point.layer for point in layout.routes[4]] == [3, 2]


def test_unconnected_parts_are_laid_out_apart() -> None:
    edges = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5)]
    beside = lay_out(6, edges)
    assert max(p.row for p in beside.positions[:3]) < min(p.row for p in beside.positions[3:])
    assert len(beside.routes[2]) == len(beside.routes[5]) == 1
    in_line = lay_out(6, edges, parts_in_line=True)
    assert max(p.layer for p in in_line.positions[:3]) < in_line.positions[3].layer


@pytest.mark.parametrize("vertical", [False, True])
def test_the_map_has_all_that_is_drawn_in_its_frame(vertical: bool) -> None:
    there, back = record("b", namespace="remote"), record("a", namespace="remote")
    own = record("c" * 22, namespace="remote")
    documents = (
        segment("a", subsegments=[there]),
        segment("b", parent_id=there["id"], subsegments=[back]),
        segment("a", parent_id=back["id"]),
        segment("c" * 22, parent_id="feedfeedfeedfeed", subsegments=[own]),
        segment("c" * 22, parent_id=own["id"]),
    )
    drawn = draw_service_map(build_service_graph([trace_of(*documents)]), vertical=vertical)
    nodes = {node.node.key: (node.x, node.y) for node in drawn.nodes}
    places = list(nodes.values())
    for edge in drawn.edges:
        x_and_y = re.findall(r"([-\d.]+),([-\d.]+)", edge.path)
        curve = [(float(x), float(y)) for x, y in x_and_y]
        assert math.dist(curve[0], nodes[edge.edge.source]) < 90
        assert math.dist(curve[-1], nodes[edge.edge.target]) < 60
        places += [*curve, (edge.label_x, edge.label_y)]
    assert all(drawn.left < x < drawn.left + drawn.width for x, _ in places)
    assert all(drawn.top < y < drawn.top + drawn.height for _, y in places)
    assert len({(node.x, node.y) for node in drawn.nodes}) == len(drawn.nodes)


def test_one_node_alone_can_be_laid_out() -> None:
    assert lay_out(1, []).positions == [Point(0, 0)]
    assert lay_out(0, []).positions == []


def test_what_a_collector_does_not_know_of_an_instance_is_not_shown() -> None:
    ec2 = {"instance_id": "i-0123456789abcdef0", "availability_zone": None, "ami_id": None}
    (record,) = assemble_trace(TRACE_ID, texts(segment("a", aws={"ec2": ec2}))).segments
    assert list_resources(record) == [("Instance", "i-0123456789abcdef0")]
