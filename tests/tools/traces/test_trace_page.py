import re
from html.parser import HTMLParser
from typing import Any

from tests.tools.traces.documents_for_tests import (
    TRACE_ID,
    record,
    remote,
    segment,
    texts,
    trace_of,
    two_services,
)
from tools.traces.page import render_page
from tools.traces.records import Status
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import Trace, assemble_trace

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

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.texts.append(" ".join(data.split()))

    def of_class(self, name: str) -> list[dict[str, str]]:
        return [found for _, found in self.elements if name in found.get("class", "").split()]

    @property
    def text(self) -> str:
        return " ".join(filter(None, self.texts))


def page_of(*traces: Trace, **options: Any) -> Page:
    return Page(render_page(traces, build_service_graph(traces), "Traces", **options))


def many_traces(count: int) -> list[Trace]:
    ids = [f"trace-{number}" for number in range(count)]
    return [trace_of(*two_services(name, n), trace_id=name) for n, name in enumerate(ids)]


def test_the_page_shows_every_node_edge_trace_and_record() -> None:
    page = page_of(*many_traces(3))
    counts = {name: len(page.of_class(name)) for name in ("node", "edge", "trace", "row")}
    assert counts == {"node": 3, "edge": 2, "trace": 3, "row": 3 * 3}
    ids = [attributes["id"] for attributes in page.of_class("trace")]
    assert ids == ["trace-trace-2", "trace-trace-1", "trace-trace-0"]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of(*many_traces(1))
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "base"}
        assert "src" not in attributes
        assert attributes.get("href", "#").startswith("#")
    assert "No requests in these traces." in page_of().text
    html = render_page([], build_service_graph([]), "Traces")
    assert not re.search(r"@import|url\(\s*['\"]?http", html)


def test_contents_of_segments_are_text() -> None:
    frame = {"path": HOSTILE, "label": HOSTILE}
    exception = {"id": "e", "type": HOSTILE, "message": HOSTILE, "stack": [frame]}
    fields: dict[str, Any] = dict.fromkeys(("name", "origin", "user", "namespace"), HOSTILE)
    fields |= {name: {HOSTILE: [HOSTILE]} for name in ("metadata", "annotations", "aws", "sql")}
    fields["http"] = {"request": {"url": HOSTILE, "method": HOSTILE}}
    documents = [segment("app", cause={"exceptions": [exception]}) | fields]
    # Half of a surrogate pair can't be written.
    documents += [segment("app", cause=HOSTILE, metadata={"x": "x\ud800y"})]
    trace = assemble_trace(HOSTILE, [*texts(*documents), HOSTILE])
    page = Page(render_page([trace], build_service_graph([trace]), HOSTILE, [(HOSTILE, HOSTILE)]))
    # No text has become an element: the one script is the page's own.
    tags = [tag for tag, _ in page.elements]
    assert (tags.count("script"), tags.count("img"), page.open) == (1, 0, [])
    assert not [names for _, names in page.elements if any(key[:2] == "on" for key in names)]
    # Each field, some of them in several places, and once more in the raw document; then those of
    # the title, the facts, the id, and the document that can't be read.
    assert page.text.count("<script>alert(1)</script>") > 2 * len(fields) + 5
    assert "x?y" in page.text


def test_facts_and_counts_stand_under_the_title() -> None:
    documents = two_services()
    trace = assemble_trace(TRACE_ID, [*texts(*documents, *documents), "{oops"])
    text = page_of(trace, Trace(id="lost", unprocessed=True), facts=[("Daemon", "stand-in")]).text
    assert "Daemon stand-in From" in text
    counts = "Segments 2 Duplicate segments 2 Unreadable segments 1 Traces not"
    assert counts in text
    assert "2 duplicate segments were counted once." in text
    assert "did not return its segments" in text


def test_a_trace_links_to_the_console_of_its_partition() -> None:
    consoles = {
        "eu-west-1": "console.aws.amazon.com",
        "cn-north-1": "console.amazonaws.cn",
        "us-gov-west-1": "console.amazonaws-us-gov.com",
    }
    for region, console in consoles.items():
        page = page_of(*many_traces(1), region=region)
        links = [each["href"] for tag, each in page.elements if tag == "a" and ":" in each["href"]]
        assert links == [f"https://{region}.{console}/xray/home?region={region}#/traces/trace-0"]


def test_a_trace_is_found_by_its_nodes_and_edges() -> None:
    long, short = trace_of(*two_services()), trace_of(segment("other"), trace_id="other")
    page = page_of(long, short)
    tokens = {item["id"]: set(item["data-path"].split()) for item in page.of_class("trace")}
    links = [each for _, each in page.elements if "data-filter" in each]
    filters = {link["data-label"]: link["data-filter"] for link in links}
    assert {filters["service-b"], filters["service-a → service-b"]} <= tokens[f"trace-{TRACE_ID}"]
    assert filters["client → other"] in tokens["trace-other"]
    assert filters["service-b"] not in tokens["trace-other"]


def test_the_page_is_bounded_and_counts_all_traces() -> None:
    steps = [remote("step" * 20, metadata={"x": "y" * 500}) for _ in range(50)]
    traces = [trace_of(segment("app", subsegments=steps), trace_id=f"{n}") for n in range(30)]
    html = render_page(traces, build_service_graph(traces), "Traces")
    assert 1_500_000 < len(html.encode()) < 2_500_000
    assert 5 < html.count('<li class="trace"') < 30
    assert '<td class="number">30</td>' in html
    assert "5 of 30 traces are listed" in page_of(*traces, limit=5).text


def test_rings_are_divided_by_status() -> None:
    statuses = (200, 404, 429, 503)
    traces = [trace_of(*two_services(status=each), trace_id=str(each)) for each in statuses]
    arcs = page_of(*traces).of_class("arc")
    assert {arc["class"].split()[1] for arc in arcs} == {str(status) for status in Status}
    assert {arc["stroke-dasharray"] for arc in arcs} == {"25.0 75.0"}


def test_bars_lie_within_the_axis() -> None:
    call = remote("call", start=0.25, end=0.75)
    trace = trace_of(segment("app", subsegments=[call, record("late", 0.9, None)]))
    styles = [bar["style"] for bar in page_of(trace).of_class("bar")]
    shares = [(0.0, 100.0), (25.0, 50.0), (90.0, 10.0)]
    assert styles == [f"--start:{start}%;--length:{length}%" for start, length in shares]


def test_times_have_a_zone_calls_are_called_so_and_rates_need_a_minute() -> None:
    call = [remote("127.0.0.1")]
    for seconds in (59, 60):
        shop = (segment("shop", each, each + 1, subsegments=call) for each in (0, seconds))
        text = page_of(*(trace_of(each, trace_id=f"{each['start_time']}") for each in shop)).text
        assert "call to 127.0.0.1" in text
        assert not re.search(r"\d\d:\d\d:\d\d(?!\.\d{3}[+-]\d\d:\d\d)", text)
        assert [each in text for each in ("Per minute", "/min", "Rates are")] == 3 * [seconds == 60]
