"""Keeps what was measured: as a table, as data, and as drawings."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..results import RESULTS
from ..tables import markdown_table
from .row import Measured, Row

HEAD: Final = ("what", "beside", "figure", "goal", "holds")

VERDICTS: Final[Mapping[bool | None, str]] = {True: "yes", False: "**no**", None: "-"}


def table(found: Mapping[str, Measured]) -> str:
    """Returns one table of all rows, and under it the conditions of each measurement."""
    rows = [_cells(row) for measured in found.values() for row in measured.rows]
    conditions = [
        f"- **{name}**: {measured.conditions}"
        for name, measured in found.items()
        if measured.conditions
    ]
    return "\n".join([markdown_table(HEAD, rows, left=2), *conditions]) + "\n"


def write_performance(found: Mapping[str, Measured], folder: Path = RESULTS) -> None:
    """Writes `performance.md`, `performance.json` and each drawing as a PNG to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings = [name for measured in found.values() for name in measured.plots]
    shown = "".join(f"\n![{name}]({name}.png)\n" for name in drawings)
    (folder / "performance.md").write_text(table(found) + shown, encoding="utf-8")
    data = {name: measured.data for name, measured in found.items()}
    text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    (folder / "performance.json").write_text(text + "\n", encoding="utf-8")
    for measured in found.values():
        for name, figure in measured.plots.items():
            figure.savefig(folder / f"{name}.png")


def _cells(row: Row) -> tuple[str, ...]:
    return row.what, row.beside, row.figure, row.goal or "-", VERDICTS[row.holds]
