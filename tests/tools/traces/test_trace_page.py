import base64
import gzip
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.tools.traces.documents_for_tests import TRACE_ID, record, segment, texts, two_services
from tools.traces.assembly import assemble_trace
from tools.traces.model import Status, Trace
from tools.traces.page import TRACES_UNPACKED, render_page, write_page
from tools.traces.selection import select_traces
from tools.traces.service_graph import build_service_graph

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{ 7*7 }}"
VOID = {"meta", "input", "br", "img", "link"}


class Page(HTMLParser):
    """The elements of a page, and what text is in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.texts.append(" ".join(data.split()))

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [
            attributes
            for _, attributes in self.elements
            if name in attributes.get("class", "").split()
        ]

    def elements_named(self, *names: str) -> list[str]:
        return [name for name, _ in self.elements if name in names]

    @property
    def text(self) -> str:
        return " ".join(filter(None, self.texts))


def page_of(*traces: Trace, **options: Any) -> Page:
    return Page(render_page(traces, build_service_graph(traces), "Traces", **options))


def trace_of(*documents: dict[str, Any], trace_id: str = TRACE_ID) -> Trace:
    return assemble_trace(trace_id, texts(*documents))


def many_traces(count: int) -> list[Trace]:
    return [
        trace_of(*two_services(f"trace-{number}", number), trace_id=f"trace-{number}")
        for number in range(count)
    ]


def test_the_page_shows_every_node_edge_trace_and_record() -> None:
    page = page_of(*many_traces(3))
    # Each is drawn twice: from left to right, and from top to bottom for narrow screens.
    assert len(page.of_class("node")) == 2 * 3
    assert len(page.of_class("edge")) == 2 * 2
    assert len(page.of_class("trace")) == 3
    assert len(page.of_class("row")) == 3 * 3
    assert page.open == []


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of(*many_traces(1))
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "base"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    html = render_page([], build_service_graph([]), "Traces")
    assert not re.search(r"@import|url\(\s*['\"]?http", html)


def test_a_segment_names_its_pod_and_its_instance() -> None:
    text = page_of(trace_of(*two_services())).text
    assert "Pod service-a-7d9c-x2x4z" in text
    assert "Instance i-0123456789abcdef0" in text
    assert "Availability zone eu-west-1b" in text
    assert "Cluster xray-demo" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"name": HOSTILE},
        {"origin": HOSTILE},
        {"user": HOSTILE},
        {"metadata": {HOSTILE: {HOSTILE: [HOSTILE]}}},
        {"annotations": {HOSTILE: HOSTILE}},
        {"aws": {HOSTILE: HOSTILE}},
        {"sql": {"sanitized_query": HOSTILE}},
        {"cause": HOSTILE},
        {"http": {"request": {"url": HOSTILE, "method": HOSTILE}}},
        {
            "cause": {
                "exceptions": [
                    {
                        "id": "e",
                        "type": HOSTILE,
                        "message": HOSTILE,
                        "stack": [{"path": HOSTILE, "label": HOSTILE}],
                    }
                ]
            }
        },
    ],
    ids=lambda fields: "-".join(fields),
)
def test_contents_of_segments_are_text(fields: dict[str, Any]) -> None:
    plain = page_of(trace_of(segment("app")))
    hostile = page_of(trace_of(segment("app") | fields))
    tags = [tag for tag, _ in hostile.elements]
    assert tags.count("script") == [tag for tag, _ in plain.elements].count("script")
    assert "img" not in tags
    assert not [names for _, names in hostile.elements if any(key[:2] == "on" for key in names)]
    assert " ".join(HOSTILE.split()) in hostile.text
    assert hostile.open == []


def test_title_facts_ids_and_unreadable_documents_are_text() -> None:
    trace = assemble_trace(HOSTILE, [HOSTILE])
    html = render_page([trace], build_service_graph([trace]), HOSTILE, [(HOSTILE, HOSTILE)])
    page = Page(html)
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert "img" not in [tag for tag, _ in page.elements]
    assert page.text.count("alert(2)") >= 5


def test_half_a_surrogate_pair_can_be_written(tmp_path: Path) -> None:
    trace = assemble_trace(TRACE_ID, texts(segment("x\ud800y")))
    path = tmp_path / "page.html"
    write_page(path, [trace], build_service_graph([trace]), "Traces")
    assert "x?y" in path.read_text(encoding="utf-8")


def test_facts_and_counts_stand_under_the_title() -> None:
    documents = two_services()
    trace = assemble_trace(TRACE_ID, [*texts(*documents, *documents), "{oops"])
    text = page_of(trace, Trace(id="lost", unprocessed=True), facts=[("Daemon", "stand-in")]).text
    assert "Daemon stand-in" in text
    assert "Traces 2 Segments 2 Duplicate segments 2 Unreadable documents 1" in text
    assert "Not returned by X-Ray 1" in text
    assert "2 duplicate segments were counted once." in text
    assert "did not return its segments" in text


def test_the_page_says_how_many_traces_it_leaves_out() -> None:
    page = page_of(*many_traces(30), limit=20)
    assert len(page.of_class("trace")) == 20
    assert "20 of 30 traces are listed: up to half for the edges" in page.text
    assert "30 traces." in page_of(*many_traces(30), limit=30).text


def test_traces_are_listed_newest_first() -> None:
    ids = [attributes["id"] for attributes in page_of(*many_traces(3)).of_class("trace")]
    assert ids == ["trace-trace-2", "trace-trace-1", "trace-trace-0"]


def test_a_trace_can_be_found_by_the_nodes_and_edges_it_went_through() -> None:
    long, short = trace_of(*two_services()), trace_of(segment("other"), trace_id="other")
    page = page_of(long, short)
    tokens = {item["id"]: set(item["data-path"].split()) for item in page.of_class("trace")}
    filters = {
        attributes["data-label"]: attributes["data-filter"]
        for _, attributes in page.elements
        if "data-filter" in attributes
    }
    assert filters["service-b"] in tokens[f"trace-{TRACE_ID}"]
    assert filters["service-a → service-b"] in tokens[f"trace-{TRACE_ID}"]
    assert filters["client → other"] in tokens["trace-other"]
    assert filters["service-b"] not in tokens["trace-other"]


def unpacked(html: str) -> list[str]:
    """Returns what a browser makes of the packed parts of a page."""
    return [
        gzip.decompress(base64.b64decode(part)).decode()
        for part in re.findall(r'data-packed="([^"]*)"', html)
    ]


def test_every_listed_trace_has_its_timeline_packed_or_not() -> None:
    traces = many_traces(TRACES_UNPACKED + 5)
    html = render_page(traces, build_service_graph(traces), "Traces")
    parts = unpacked(html)
    assert len(parts) == 5
    records = [len(Page(part).of_class("row")) for part in (html, *parts)]
    assert sum(records) == sum(len(trace.records) for trace in traces)


def test_a_packed_timeline_is_the_one_that_a_page_of_it_alone_shows() -> None:
    traces = many_traces(TRACES_UNPACKED + 1)
    (part,) = unpacked(render_page(traces, build_service_graph(traces), "Traces"))
    assert part.split() == _timeline(page=render_page(traces[:1], build_service_graph(traces), ""))


def _timeline(page: str) -> list[str]:
    start = page.index('<div class="timeline">') + len('<div class="timeline">')
    return page[start : page.index("</div>\n</details>\n</li>")].split()


def test_contents_of_packed_segments_are_text() -> None:
    traces = many_traces(TRACES_UNPACKED)
    oldest = trace_of(segment(HOSTILE, start=-9), trace_id="trace-oldest")
    html = render_page([*traces, oldest], build_service_graph([*traces, oldest]), "Traces")
    (part,) = unpacked(html)
    assert not Page(part).elements_named("script", "img")


def test_the_page_of_many_traces_is_hardly_larger_than_that_of_few() -> None:
    few, many = (
        render_page(traces, build_service_graph(traces), "Traces")
        for traces in (many_traces(600), many_traces(3000))
    )
    assert len(many) < 1.1 * len(few)


def test_rings_are_divided_by_status() -> None:
    statuses = (200, 404, 429, 503)
    traces = [
        trace_of(*two_services(str(status), status=status), trace_id=str(status))
        for status in statuses
    ]
    arcs = page_of(*traces).of_class("arc")
    assert {arc["class"].split()[1] for arc in arcs} == {str(status) for status in Status}
    assert {arc["stroke-dasharray"] for arc in arcs} == {"25.0 75.0"}


def test_bars_lie_within_the_axis() -> None:
    call = record("call", 0.25, 0.75, namespace="remote")
    trace = trace_of(segment("app", subsegments=[call, record("late", 0.9, None)]))
    styles = [bar["style"] for bar in page_of(trace).of_class("bar")]
    assert styles == [
        "--start:0.0%;--length:100.0%",
        "--start:25.0%;--length:50.0%",
        "--start:90.0%;--length:10.0%",
    ]


def test_few_traces_are_all_selected() -> None:
    assert len(select_traces(many_traces(5), 5)) == 5


def test_traces_worth_seeing_are_selected_from_many() -> None:
    traces = many_traces(300)
    special = {
        "fault": trace_of(*two_services("f", 3, status=503), trace_id="f"),
        "error": trace_of(*two_services("e", 4, status=404), trace_id="e"),
        "throttle": trace_of(*two_services("t", 5, status=429), trace_id="t"),
        "slow": trace_of(*two_services("s", 6, seconds=9), trace_id="s"),
        "path": trace_of(segment("rare", start=7), trace_id="p"),
        "open": trace_of(segment("service-a", start=8, end=None), trace_id="o"),
        "lost": Trace(id="1-00000001-lost", unprocessed=True),
    }
    selected = select_traces([*traces, *special.values()], 20)
    assert len(selected) == 20
    assert not [name for name, trace in special.items() if trace not in selected]
    assert traces[-1] in selected


def test_faults_are_selected_even_among_more_paths_than_fit() -> None:
    paths = [
        trace_of(segment(f"service-{number}", start=number), trace_id=str(number))
        for number in range(50)
    ]
    fault = trace_of(segment("service-0", fault=True, end=0.1), trace_id="fault")
    assert fault in select_traces([*paths, fault], 10)


def test_no_traces_make_a_page_too() -> None:
    page = page_of()
    assert "No requests in these traces." in page.text
    assert page.open == []
