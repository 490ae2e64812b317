"""Measures what the program takes, beside its like.

Results are kept in tools/bench/results/.
"""

import argparse
import sys
from typing import Final

from .page import measure_page
from .program import measure_program

MEASURES: Final = {
    "program": (measure_program, "evaluation, beside an empty program"),
    "page": (measure_page, "the page of 10,000 traces, beside that of 1,000"),
}
"""What is measured, by the name of its command."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds a command for each measure."""

    def typed(what: str) -> str | None:
        return usage and usage.replace("OPTION", f"{what} OPTION")

    usage = parser.usage
    parser.usage = typed("WHAT")
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT", prog=parser.prog)
    for name, (_, what) in MEASURES.items():
        add = commands.add_parser(name, help=what, usage=typed(name)).add_argument
        add("--short", action="store_true", help="less, keep no results, fail above a limit")


def run(options: argparse.Namespace) -> int:
    """Measures, and prints the table.

    Raises:
        ToolError: Something can't be measured, or is above its limit.
    """
    print(f"Measuring {options.what} …", file=sys.stderr)
    measure, _ = MEASURES[options.what]
    print(measure(short=options.short))
    return 0
