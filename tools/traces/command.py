"""Shows the AWS X-Ray service map and the traces of the last minutes."""

import argparse
import json
import re
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.text import Text

from tools.lab.errors import ToolError

from .clocks import LONGEST_SECONDS
from .page import TRACES_IN_PAGE, render_page
from .reader import IncompleteReadingError, create_client, read_trace, read_traces
from .service_graph import build_service_graph
from .terminal import render_segment, render_service_map, render_trace, render_trace_list, to_json
from .trace import Trace
from .transaction_search import transaction_search

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

TRACES_IN_TERMINAL: Final = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    add = parser.add_argument
    add("--region", help="AWS region (default: AWS_REGION or the AWS profile's)")
    most, what = LONGEST_SECONDS // 60, "how many minutes to look back (default: %(default)s)"
    add("--minutes", type=up_to(most), default=15, metavar="N", help=what)
    add("--endpoint-url", metavar="URL", help="another address of the X-Ray API")
    add("--trace", metavar="ID", help="show only this trace, with its segments")
    add("--html", metavar="FILE", type=Path, help="write a page to this file")
    add("--open", action="store_true", help="open the page in the browser (default: traces.html)")
    add("--json", action="store_true", help="print the result as JSON")
    default = f"{TRACES_IN_TERMINAL} in the terminal, {TRACES_IN_PAGE} in the page"
    which = f"list at most N traces; the service map counts all (default: {default})"
    add("--limit", type=up_to(1_000_000), metavar="N", help=which)


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


def up_to(most: int) -> Callable[[str], int]:
    """Returns what reads a whole number from 1 out of an option."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and 1 <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number from 1 to {most}")

    return read


def _show(options: argparse.Namespace) -> None:
    client = create_client(options.region, options.endpoint_url)
    console = Console(highlight=False, quiet=options.json)
    incomplete: IncompleteReadingError | None = None
    region, is_partial, documents = client.meta.region_name, False, list[str]()
    if options.trace is not None:
        trace = read_trace(client, options.trace, options.minutes)
        traces, title = [trace], f"X-Ray trace {trace.id}"
        details = [render_segment(trace, record) for record, _ in trace.walk()]
        console.print(render_trace(trace), *details, sep="\n\n")
        graph, documents = build_service_graph(traces), [*trace.documents.values()]
    else:
        span_log, note = transaction_search(client)
        try:
            traces = _read_with_progress(client, options.minutes)
        except IncompleteReadingError as failure:
            traces, incomplete = failure.traces, failure
        is_partial = span_log or incomplete is not None
        title = f"X-Ray traces, {region}{' (incomplete)' if is_partial else ''}"
        graph = build_service_graph(traces)
        limit: int = options.limit or TRACES_IN_TERMINAL
        console.print(render_service_map(graph), "", render_trace_list(traces[:limit]), sep="\n")
        if len(traces) > limit:
            console.print(f"The newest {limit:,} of {len(traces):,} traces; --limit shows more.")
        if note:
            Console(stderr=True).print(Text(note))
    if page := options.html or (Path("traces.html") if options.open else None):
        linked, limit = None if options.endpoint_url else region, options.limit or TRACES_IN_PAGE
        html = render_page(traces, graph, title, limit=limit, region=linked)
        try:
            page.write_text(html, encoding="utf-8")
        except OSError as error:
            raise ToolError(f"--html: {page} can't be written: {error.strerror}.") from error
        console.print(Text(f"\nThe same as a page: {page.resolve().as_uri()}"), soft_wrap=True)
        if options.open and not webbrowser.open(page.resolve().as_uri()):
            raise ToolError("--open: no browser can be started here; open the link.")
    if options.json:
        values = to_json(graph, traces[: options.limit]) | {"documents": documents}
        print(json.dumps({"region": region, "complete": not is_partial, **values}, indent=2))
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


_REFUSED_CREDENTIALS = re.compile("Expired|Token|Signature|UnrecognizedClient|AuthFailure")
"""In the code of an error: AWS has many for this."""


def explain(failure: BaseException | None) -> str:
    """Returns the sentence that tells a user what went wrong, and what to do about it."""
    said = " ".join(str(failure).split()).rstrip(".") + "."
    match failure:
        case IncompleteReadingError():
            return f"{said} {explain(failure.__cause__)}"
        case exceptions.ClientError():
            return _explain_refusal(failure.response.get("Error", {}).get("Code", ""), said)
        case exceptions.NoRegionError():
            return "No AWS region is set: pass REGION=… to make, or --region, or set AWS_REGION."
        case exceptions.HTTPClientError() | exceptions.ConnectionError():
            return f"AWS can't be reached: {said}"
        case _ if re.search("Credential|SSO|TokenRetrieval", type(failure).__name__):
            return f"No AWS credentials: log in, or set AWS_PROFILE. {said}"
        case _:
            return said


def _explain_refusal(code: str, said: str) -> str:
    if "Throttl" in code:
        return (
            "X-Ray throttled a call again and again: something else in this account and region "
            "may use up what it allows. Try again later."
        )
    if _REFUSED_CREDENTIALS.search(code):
        return f"AWS doesn't accept the credentials ({code}): log in again."
    if "Denied" in code or code == "UnauthorizedOperation":
        return (
            "The AWS credentials don't allow this; xray:GetTraceSummaries and "
            "xray:BatchGetTraces are needed, with Transaction Search also "
            f"xray:StartTraceRetrieval, as in CloudWatchReadOnlyAccess: {said}"
        )
    return said
