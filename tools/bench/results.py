"""Keeps what was measured: one table in Markdown for each measure, with its conditions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tools.lab.errors import ToolError

RESULTS: Final = Path(__file__).parent / "results"


class Row(NamedTuple):
    """A figure beside its like, measured in the same run."""

    what: str
    figure: str
    """As a reader sees it, with its unit."""

    ratio: float
    limit: float
    """What the ratio may be at most."""


def write_ratios(name: str, rows: Sequence[Row], conditions: str, *, short: bool) -> str:
    """Writes `NAME.md` unless it was measured in short; returns what it says.

    Raises:
        ToolError: It was measured in short, and a ratio is above its limit.
    """
    missed = [f"{each.what} is {each.ratio:.2f} ×" for each in rows if each.ratio > each.limit]
    if short and missed:
        raise ToolError(f"above its limit in `bench {name}`: {'; '.join(missed)}.")
    cells = [
        ("what", "figure", "ratio", "limit"),
        ("---", "---:", "---:", "---:"),
        *((each.what, each.figure, f"{each.ratio:.2f} ×", f"≤ {each.limit:g} ×") for each in rows),
    ]
    table = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    if short:
        return table
    text = f"{table}\n{conditions}\n"
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    return text
