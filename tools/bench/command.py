"""Measures what the program takes, beside its like; tools/bench/results/ keeps it."""

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
    """Adds what is measured, and whether in short."""
    parser.usage = parser.usage and parser.usage.replace("OPTION", "WHAT OPTION")
    whats = "; ".join(f"{name}: {what}" for name, (_, what) in MEASURES.items())
    parser.add_argument("what", choices=MEASURES, metavar="WHAT", help=whats)
    parser.add_argument("--short", action="store_true", help="less, keep none, fail above a limit")


def run(options: argparse.Namespace) -> int:
    """Measures, and prints the table.

    Raises:
        ToolError: Something can't be measured, or is above its limit.
    """
    print(f"Measuring {options.what} …", file=sys.stderr)
    measure, _ = MEASURES[options.what]
    print(measure(short=options.short))
    return 0
