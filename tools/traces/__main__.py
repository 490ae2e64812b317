"""Shows the service map and the traces of the last minutes: ``python -m traces``."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from tools.traces.failures import EndpointNotReachableError, check_endpoint, explain
from tools.traces.garbage import collecting_rarely
from tools.traces.model import Trace
from tools.traces.page import TRACES_IN_DETAIL, write_page
from tools.traces.reader import (
    IncompleteReadingError,
    UnknownTraceError,
    create_client,
    read_trace,
    read_traces,
)
from tools.traces.reading import Progress as ReadingProgress
from tools.traces.service_graph import ServiceGraph, build_service_graph
from tools.traces.terminal import render_service_map, render_trace_list
from tools.traces.terminal_trace import render_segment, render_trace
from tools.traces.timeline import build_timeline

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

_TRACES_IN_TERMINAL = 20


class _Output(Console):
    """A console that leaves it to us what to do when its reader has gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        The exit status: 0, 1 after a failure told in one sentence on stderr, or 130 if
        interrupted. Wrong usage exits with 2.
    """
    options = _parse_arguments(arguments)
    try:
        _run(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output, such as ``head``, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (
        BotoCoreError,
        ClientError,
        UnknownTraceError,
        IncompleteReadingError,
        EndpointNotReachableError,
    ) as failure:
        print(explain(failure), file=sys.stderr)
        return 1
    except OSError as failure:
        print(f"{failure.filename or 'The output'}: {failure.strerror}.", file=sys.stderr)
        return 1
    return 0


def _parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m traces",
        description="Show the AWS X-Ray service map and traces of the last minutes.",
    )
    parser.add_argument("--region", help="AWS region (default: AWS_REGION or the AWS profile's)")
    parser.add_argument(
        "--minutes",
        type=_minutes,
        default=15,
        metavar="N",
        help="how many minutes to look back (default: %(default)s)",
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="another address of the X-Ray API")
    parser.add_argument("--trace", metavar="ID", help="show only this trace, with its segments")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write a page to this file")
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help="list at most N traces; the service map counts all (default: "
        f"{_TRACES_IN_TERMINAL} in the terminal, {TRACES_IN_DETAIL} in the page)",
    )
    return parser.parse_args(arguments)


def _minutes(text: str) -> float:
    # 30 days is as long as X-Ray keeps traces.
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= 30 * 24 * 60:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} isn't a number of minutes up to 43200 (30 days)")


def _count(text: str) -> int:
    with contextlib.suppress(ValueError):
        if int(text) > 0:
            return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} isn't a whole number of 1 or more")


@collecting_rarely()
def _run(options: argparse.Namespace) -> None:
    region: str | None = options.region or os.environ.get("AWS_REGION") or None
    endpoint_url: str | None = options.endpoint_url
    if endpoint_url is not None:
        check_endpoint(endpoint_url)
    client = create_client(region, endpoint_url)
    trace_id: str | None = options.trace
    if trace_id is not None:
        _show_trace(read_trace(client, trace_id), options.html)
        return
    incomplete: IncompleteReadingError | None = None
    try:
        traces = _read_with_progress(client, options.minutes)
    except IncompleteReadingError as failure:
        traces, incomplete = failure.traces, failure
    graph = build_service_graph(traces)
    console = _Output(highlight=False)
    console.print(render_service_map(graph))
    console.print()
    limit: int = options.limit or _TRACES_IN_TERMINAL
    console.print(render_trace_list(traces[:limit]))
    if len(traces) > limit:
        console.print(f"The newest {limit:,} of {len(traces):,} traces; --limit shows more.")
    title = f"X-Ray traces, {client.meta.region_name}{' (incomplete)' if incomplete else ''}"
    _write_page(options.html, traces, graph, title, options.limit or TRACES_IN_DETAIL)
    if incomplete is not None:
        # What was read is shown; that it isn't all is told last.
        raise incomplete


def _show_trace(trace: Trace, html: Path | None) -> None:
    console = _Output(highlight=False)
    console.print(render_trace(trace))
    for row in build_timeline(trace):
        console.print()
        console.print(render_segment(row.record))
    _write_page(html, [trace], build_service_graph([trace]), f"X-Ray trace {trace.id}", 1)


def _write_page(
    path: Path | None, traces: Sequence[Trace], graph: ServiceGraph, title: str, limit: int
) -> None:
    if path is not None:
        write_page(path, traces, graph, title, limit=limit)
        _Output().print(Text(f"\nWritten: {path}"))


def _read_with_progress(client: "XRayClient", minutes: float) -> list[Trace]:
    end = datetime.now(UTC)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(_description(throttled=False), total=None)

        def tell(progress: ReadingProgress) -> None:
            bar.update(
                task,
                completed=progress.read,
                total=progress.listed or None,
                description=_description(throttled=progress.throttled),
            )

        return read_traces(client, end - timedelta(minutes=minutes), end, tell)


def _description(*, throttled: bool) -> str:
    return "X-Ray throttles" if throttled else "Reading traces"


if __name__ == "__main__":
    sys.exit(main())
