"""Shows traces and their service graph as one HTML page that needs nothing else."""

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from itertools import chain, islice
from typing import Any, Final

import jinja2
from markupsafe import Markup

from . import formatting
from .details import build_timeline, list_sections
from .records import Status
from .service_graph import ServiceGraph, select_nodes
from .service_map import RADIUS, draw_service_map
from .trace import Trace, newness

TRACES_IN_PAGE: Final = 200

NODES_ON_MAP: Final = 30
"""With more, a map is larger than any screen."""

NODES_IN_TABLES: Final = 200

MOST_TRACE_BYTES: Final = 1_800_000
"""Of all traces in a page, so that a browser opens it at once; one trace is in it at least."""


def render_page(
    traces: Sequence[Trace],
    graph: ServiceGraph,
    title: str,
    facts: Iterable[tuple[str, str]] = (),
    limit: int = TRACES_IN_PAGE,
    region: str | None = None,
) -> str:
    """Returns the page of traces and their service graph, which any encoding can write.

    `facts` are labels and values under the heading. At most `limit` traces are listed and shown in
    detail; the map counts all. With a `region`, each trace has a link to the X-Ray console.
    """
    template = _environment().get_template("page.html.j2")
    html = template.render(
        title=title,
        facts=facts,
        graph=graph,
        tables=select_nodes(graph, NODES_IN_TABLES),
        map=draw_service_map(select_nodes(graph, NODES_ON_MAP)),
        trace_count=len(traces),
        traces=_render_traces(select_traces(traces, graph, limit), graph, region),
        radius=RADIUS,
        statuses=list(Status),
    )
    # Metadata can hold half of a surrogate pair, which no encoding can write.
    return html.encode(errors="replace").decode()


def select_traces(traces: Sequence[Trace], graph: ServiceGraph, limit: int) -> list[Trace]:
    """Returns at most `limit` traces, those that say most first.

    Up to half are the worst trace of each edge of the graph (the most severe, and of these the
    slowest), another quarter the newest with the most severe status, and the others the newest.
    """
    newest = sorted(traces, key=newness)
    slowest = sorted(newest, key=lambda trace: trace.duration_seconds, reverse=True)
    worst = sorted(slowest, key=lambda trace: trace.status.severity, reverse=True)
    by_edge = (edge.statistics.trace_ids for edge in graph.edges)
    of_edges = {next((each for each in worst if each.id in ids), None) for ids in by_edge}
    failed = sorted(newest, key=lambda trace: trace.status.severity, reverse=True)
    first = [each for each in worst if each in of_edges][: limit // 2]
    return list(islice(dict.fromkeys(chain(first, failed[: limit // 4], newest)), limit))


def _render_traces(traces: list[Trace], graph: ServiceGraph, region: str | None) -> list[Markup]:
    """Returns the HTML of as many traces as fit in a page, the newest first."""
    template = _environment().get_template("trace.html.j2")
    tokens: defaultdict[str, list[str]] = defaultdict(list)
    for part in (*graph.nodes, *graph.edges):
        for trace_id in part.statistics.trace_ids:
            tokens[trace_id].append(part.token)
    size, rendered = 0, dict[Trace, Markup]()
    for trace in traces:
        rows = build_timeline(trace)
        html = template.render(trace=trace, tokens=tokens[trace.id], rows=rows, region=region)
        size += len(html.encode(errors="replace"))
        if rendered and size > MOST_TRACE_BYTES:
            break
        rendered[trace] = Markup(html)
    return [rendered[trace] for trace in sorted(rendered, key=newness)]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tools.traces"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_visible,
    )
    filters: Any = environment.filters
    filters |= {name.removeprefix("format_"): each for name, each in vars(formatting).items()}
    filters["sections_of"] = list_sections
    # What a Content-Security-Policy calls a style or script by.
    filters["sha256"] = lambda text: b64encode(sha256(text.encode()).digest()).decode()
    return environment


_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows."""


def _visible(value: Any) -> Any:
    """Returns a value whose text says what can't be seen, as JSON would write it."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
