"""Writes traces and their service graph as one HTML page that needs nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from . import formatting
from .details import build_timeline, describe_cause, list_sections
from .records import Status
from .selection import select_nodes, select_traces
from .service_graph import ServiceGraph
from .service_map import RADIUS, draw_service_map
from .trace import Trace, newness

TRACES_IN_PAGE: Final = 200

NODES_ON_MAP: Final = 30
"""With more, a map is larger than any screen."""

NODES_IN_TABLES: Final = 200

MOST_TRACE_BYTES: Final = 1_800_000
"""Of all traces in a page, so that a browser opens it at once; one trace is in it at least."""


def write_page(
    path: Path | str,
    traces: Iterable[Trace],
    graph: ServiceGraph,
    title: str,
    facts: Iterable[tuple[str, str]] = (),
    limit: int = TRACES_IN_PAGE,
) -> None:
    """Writes the page.

    Args:
        path: The file to write; one that exists is replaced.
        traces: The traces to list.
        graph: Their service graph.
        title: The heading of the page.
        facts: Labels and values to show under the heading.
        limit: At most so many traces are listed and shown in detail; the map counts all.

    Raises:
        OSError: The file can't be written.
    """
    html = render_page(list(traces), graph, title, facts, limit)
    # Metadata can hold half of a surrogate pair, which no encoding can write.
    Path(path).write_text(html, encoding="utf-8", errors="replace")


def render_page(
    traces: Sequence[Trace],
    graph: ServiceGraph,
    title: str,
    facts: Iterable[tuple[str, str]] = (),
    limit: int = TRACES_IN_PAGE,
) -> str:
    """Returns the page that `write_page` writes."""
    environment = _environment()
    return environment.get_template("page.html.j2").render(
        title=title,
        facts=facts,
        graph=graph,
        tables=select_nodes(graph, NODES_IN_TABLES),
        map=draw_service_map(select_nodes(graph, NODES_ON_MAP)),
        trace_count=len(traces),
        traces=_render_traces(environment, select_traces(traces, graph, limit), graph),
        radius=RADIUS,
        statuses=list(Status),
    )


def _render_traces(
    environment: jinja2.Environment, traces: Sequence[Trace], graph: ServiceGraph
) -> list[Markup]:
    """Returns the HTML of as many traces as fit in a page, the newest first."""
    template = environment.get_template("trace.html.j2")
    tokens: defaultdict[str, list[str]] = defaultdict(list)
    for part in (*graph.nodes, *graph.edges):
        for trace_id in part.trace_ids:
            tokens[trace_id].append(part.token)
    rendered: list[tuple[Trace, Markup]] = []
    size = 0
    for trace in traces:
        html = template.render(
            trace=trace,
            tokens=" ".join(tokens[trace.id]),
            ticks=[
                formatting.format_seconds(trace.duration_seconds * part / 4) for part in range(5)
            ],
            rows=build_timeline(trace),
        )
        size += len(html.encode("utf-8", "replace"))
        if rendered and size > MOST_TRACE_BYTES:
            break
        rendered.append((trace, Markup(html)))
    return [html for _, html in sorted(rendered, key=lambda pair: newness(pair[0]))]


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tools.traces"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    filters: dict[str, Any] = {
        "rate": formatting.format_rate,
        "seconds": formatting.format_seconds,
        "share": formatting.format_share,
        "status": formatting.format_status,
        "time": formatting.format_time,
        "indent_json": formatting.indent_json,
        "sections": list_sections,
        "cause_of": describe_cause,
    }
    environment.filters.update(filters)
    return environment
