"""The traces page and the terminal, from documents read, for up to 100,000 traces."""

import io
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING, Final

from rich.console import Console

from tools.traces.assembly import assemble_trace
from tools.traces.garbage import collecting_rarely
from tools.traces.page import write_page
from tools.traces.selection import select_traces
from tools.traces.service_graph import build_service_graph
from tools.traces.terminal import render_service_map, render_trace_list

from .browser import browser_on_path, first_paints
from .many_traces import SERVICES, documents_of_traces
from .ratios import ratio_row
from .row import Conditions, Measured, Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNTS: Final = (100, 10_000, 100_000)
SHORT_COUNTS: Final = (100, 1_000, 10_000)

LARGEST_PAGE_BYTES: Final = 5_000_000
LONGEST_FIRST_PAINT_SECONDS: Final = 1.0
MOST_TIME_PER_TRACE: Final = 1.2
"""Beside a tenth of the traces: linear, but for noise."""

MOST_IN_SHORT: Final = 1.5
"""The same of few traces, whose noise is larger; what is quadratic takes ten times as long."""

LISTED_IN_TERMINAL: Final = 20
ROUNDS: Final = 5


@dataclass(frozen=True)
class Shown:
    """What it took to show so many traces, in a process of its own."""

    traces: int
    page_seconds: float
    """From the documents to the page written."""

    terminal_seconds: float
    """From the documents to the lines printed."""

    page_bytes: int
    terminal_lines: int
    most_memory_bytes: int


def measure_page(conditions: Conditions) -> Measured:
    """Measures time and size by the number of traces, and the first paint of a page."""
    counts = SHORT_COUNTS if conditions.short else COUNTS
    with TemporaryDirectory() as folder:
        pages = [Path(folder) / f"{count}.html" for count in counts]
        # Each in a new process: memory is measured, and nothing is warm.
        with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
            shown = list(processes.map(show, counts, pages))
        most = MOST_IN_SHORT if conditions.short else MOST_TIME_PER_TRACE
        rows = [*_rows(shown, most), *([] if conditions.short else _paint_rows(pages, counts))]
    return Measured(
        rows,
        {"shown": [asdict(each) for each in shown]},
        f"Synthetic traces of {SERVICES} services, 3 to 8 segments each, about 4 kB of documents; "
        "from documents that are read to what is shown, in seconds of CPU, each number in a "
        "process of its own. The "
        f"first paint is the median of {ROUNDS}.",
        {} if conditions.short else {"page": _plot(shown)},
    )


@collecting_rarely()
def show(count: int, page: Path) -> Shown:
    """Writes the page of so many traces, and prints them as the terminal would."""
    documents = list(documents_of_traces(count))
    began = process_time()
    traces = [assemble_trace(trace_id, texts) for trace_id, texts in documents]
    graph = build_service_graph(traces)
    common = process_time() - began
    page_seconds = _seconds(lambda: write_page(page, traces, graph, "Traces"))
    console = Console(file=io.StringIO(), width=120)

    def print_all() -> None:
        console.print(render_service_map(graph))
        console.print(render_trace_list(select_traces(traces, LISTED_IN_TERMINAL)))

    terminal_seconds = _seconds(print_all)
    return Shown(
        traces=count,
        page_seconds=common + page_seconds,
        terminal_seconds=common + terminal_seconds,
        page_bytes=page.stat().st_size,
        terminal_lines=str(console.file.getvalue()).count("\n"),  # pyright: ignore[reportAttributeAccessIssue]
        most_memory_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )


def _seconds(act: Callable[[], None]) -> float:
    began = process_time()
    act()
    return process_time() - began


def _rows(shown: Sequence[Shown], most: float) -> list[Row]:
    few, many = shown[-2:]
    beside = f"{few.traces:,} traces"
    # Turns a ratio of what all traces take into one of what each takes.
    fewer = few.traces / many.traces
    return [
        ratio_row(
            f"time per trace to a page, {many.traces:,} traces",
            beside,
            fewer * many.page_seconds / few.page_seconds,
            most,
        ),
        ratio_row(
            f"time per trace to the terminal, {many.traces:,} traces",
            beside,
            fewer * many.terminal_seconds / few.terminal_seconds,
            most,
        ),
        Row(
            f"page of {many.traces:,} traces",
            f"that of {few.traces:,}",
            f"{many.page_bytes / 1e6:.2f} MB, {many.page_bytes / few.page_bytes:.2f} ×",
            f"< {LARGEST_PAGE_BYTES / 1e6:.0f} MB",
            many.page_bytes < LARGEST_PAGE_BYTES,
        ),
        Row(
            f"lines in the terminal, {many.traces:,} traces",
            beside,
            f"{many.terminal_lines}, {many.terminal_lines / few.terminal_lines:.2f} ×",
        ),
        Row(
            f"memory per trace, {many.traces:,} traces",
            beside,
            f"{many.most_memory_bytes / many.traces / 1000:.0f} kB, "
            f"{fewer * many.most_memory_bytes / few.most_memory_bytes:.2f} ×",
        ),
    ]


def _paint_rows(pages: Sequence[Path], counts: Sequence[int]) -> list[Row]:
    what = [f"first paint in Chromium, {count:,} traces" for count in counts[1:]]
    beside = f"{counts[0]:,} traces"
    goal = f"< {LONGEST_FIRST_PAINT_SECONDS:.0f} s"
    browser = browser_on_path()
    if browser is None:
        left_out = "left out: no Chromium with its driver on PATH"
        return [Row(each, beside, left_out, goal) for each in what]
    first, *others = first_paints(browser, pages, ROUNDS)
    return [
        Row(
            each,
            beside,
            f"{seconds:.2f} s, {seconds / first:.2f} ×",
            goal,
            seconds < LONGEST_FIRST_PAINT_SECONDS,
        )
        for each, seconds in zip(what, others, strict=True)
    ]


def _plot(shown: Sequence[Shown]) -> "Figure":
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    from ..plot_style import COLOURS, FAINT, INK, new_figure

    first, counts = shown[0], [each.traces for each in shown]
    lines = {
        "time to a page": [each.page_seconds / first.page_seconds for each in shown],
        "time to the terminal": [each.terminal_seconds / first.terminal_seconds for each in shown],
        "size of the page": [each.page_bytes / first.page_bytes for each in shown],
    }
    figure = new_figure()
    figure.subplots_adjust(left=0.1, right=0.76, top=0.88, bottom=0.14)
    axes = figure.subplots()
    for (name, ratios), colour in zip(lines.items(), COLOURS, strict=True):
        axes.plot(counts, ratios, marker="o", color=colour, linewidth=2)
        text = f"{name}, {ratios[-1]:,.0f} ×"
        axes.annotate(
            text, (counts[-1], ratios[-1]), (10, 0), textcoords="offset points", color=colour
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis, end in ((axes.xaxis, ""), (axes.yaxis, " ×")):
        axis.set_major_formatter(FuncFormatter(lambda number, _, end=end: f"{number:,.0f}{end}"))
        axis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(counts))
    axes.set_xlabel("traces", color=INK)
    axes.set_title(
        f"Showing many traces, beside {first.traces}", color=INK, loc="left", weight="bold"
    )
    axes.grid(axis="y", color=FAINT)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
