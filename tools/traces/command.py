"""Shows the AWS X-Ray service map and the traces of the last minutes."""

import argparse
import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from tools.lab.errors import ToolError

from .page import TRACES_IN_PAGE, render_page
from .reader import IncompleteReadingError, create_client, explain, read_trace, read_traces
from .service_graph import build_service_graph
from .terminal import render_segment, render_service_map, render_trace, render_trace_list
from .trace import Trace
from .transaction_search import transaction_search

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

TRACES_IN_TERMINAL: Final = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    add = parser.add_argument
    add("--region", help="AWS region (default: AWS_REGION or the AWS profile's)")
    add(
        "--minutes",
        type=_minutes,
        default=15,
        metavar="N",
        help="how many minutes to look back (default: %(default)s)",
    )
    add("--endpoint-url", metavar="URL", help="another address of the X-Ray API")
    add("--trace", metavar="ID", help="show only this trace, with its segments")
    add("--html", metavar="FILE", type=Path, help="write a page to this file")
    add(
        "--limit",
        type=_count,
        metavar="N",
        help="list at most N traces; the service map counts all (default: "
        f"{TRACES_IN_TERMINAL} in the terminal, {TRACES_IN_PAGE} in the page)",
    )


def run(options: argparse.Namespace) -> int:
    """Shows what was asked for, and returns 0, the exit status.

    Raises:
        ToolError: X-Ray could not be read, not all of it, or the page could not be written.
    """
    try:
        _show(options)
    except (BotoCoreError, ClientError, IncompleteReadingError) as failure:
        raise ToolError(explain(failure)) from failure
    return 0


def _minutes(text: str) -> float:
    longest = 30 * 24 * 60  # X-Ray keeps traces no longer.
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= longest:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} isn't a number up to {longest} (30 days)")


def _count(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} isn't a whole number of 1 or more")


def _show(options: argparse.Namespace) -> None:
    client = create_client(options.region, options.endpoint_url)
    console = Console(highlight=False)
    incomplete: IncompleteReadingError | None = None
    if options.trace is not None:
        trace = read_trace(client, options.trace, options.minutes)
        traces, title = [trace], f"X-Ray trace {trace.id}"
        details = [render_segment(trace, record) for record, _ in trace.walk()]
        console.print(render_trace(trace), *details, sep="\n\n")
        graph = build_service_graph(traces)
    else:
        span_log, note = transaction_search(client)
        try:
            traces = _read_with_progress(client, options.minutes)
        except IncompleteReadingError as failure:
            traces, incomplete = failure.traces, failure
        is_partial = span_log or incomplete is not None
        title = f"X-Ray traces, {client.meta.region_name}{' (incomplete)' if is_partial else ''}"
        graph = build_service_graph(traces)
        limit: int = options.limit or TRACES_IN_TERMINAL
        console.print(render_service_map(graph), "", render_trace_list(traces[:limit]), sep="\n")
        if len(traces) > limit:
            console.print(f"The newest {limit:,} of {len(traces):,} traces; --limit shows more.")
        if note:
            console.print(Text(note))
    if options.html is not None:
        page = render_page(traces, graph, title, limit=options.limit or TRACES_IN_PAGE)
        try:
            options.html.write_text(page, encoding="utf-8")
        except OSError as error:
            reason = error.strerror
            raise ToolError(f"--html: {options.html} can't be written: {reason}.") from error
        console.print(Text(f"\nWritten: {options.html}"))
    if incomplete is not None:
        # What was read is shown; that it isn't all is told last.
        raise incomplete


def _read_with_progress(client: "XRayClient", minutes: float) -> list[Trace]:
    end = datetime.now(UTC)
    with Console(stderr=True).status("Reading traces …") as status:
        return read_traces(
            *(client, end - timedelta(minutes=minutes), end),
            lambda read, listed: status.update(f"{read:,} of {listed:,} traces are read …"),
        )
