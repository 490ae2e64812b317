"""Keeps what was measured of loss: as data, and as tables."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .faults import BUFFER_SEGMENTS, Outcome
from .loss import RATE, Loss
from .switch import Switched
from .tables import markdown_table

RESULTS: Final = Path(__file__).parent / "results"

MIB: Final = 1024 * 1024


def write_loss(losses: Sequence[Loss], seconds: int, daemon: str, folder: Path = RESULTS) -> str:
    """Writes `loss.json` and `loss.md` to a folder; returns the table."""
    conditions = (
        f"{RATE} segments/s of each sender for {seconds} s, through the Service, with a rollout "
        f"after half of them; one node; {daemon}. `once` looks the Service's name up at the start, "
        "as the SDKs for Java and Go do; `each` for each segment, as the one for Python does."
    )
    rows = [
        (each.contender, each.lookup, f"{each.sent:,}", f"{each.lost:,}", _share(each))
        for each in losses
    ]
    head = ("manifest", "name looked up", "sent", "lost", "share")
    return write_table(folder / "loss", head, rows, conditions, [asdict(each) for each in losses])


def write_faults(outcomes: Sequence[Outcome], daemon: str, folder: Path = RESULTS) -> str:
    """Writes `faults.json` and `faults.md` to a folder; returns the table."""
    conditions = (
        f"Ours, {RATE} segments/s, one node; {daemon}. The daemon's buffer holds "
        f"{BUFFER_SEGMENTS} segments. `within` is the time between the first lost segment and the "
        "last."
    )
    rows = [
        (
            each.fault,
            f"{each.sent:,}",
            f"{each.lost:,}",
            f"{each.gap_seconds:.1f} s",
            f"{each.memory_bytes / MIB:.0f} MiB",
            str(each.restarts),
        )
        for each in outcomes
    ]
    head = ("fault", "sent", "lost", "within", "most memory", "restarts")
    return write_table(
        folder / "faults", head, rows, conditions, [asdict(each) for each in outcomes]
    )


def write_switch(
    switched: Sequence[Switched], seconds: int, programs: str, folder: Path = RESULTS
) -> str:
    """Writes `switch.json` and `switch.md` to a folder; returns the table."""
    conditions = (
        f"{RATE} segments/s of each sender for {seconds} s, through the Service; `backend` goes "
        f"from daemon to collector after a third, and back after two; one node; {programs}."
    )
    rows = [
        (
            each.lookup,
            f"{each.sent:,}",
            f"{each.lost:,}",
            f"{each.to_collector_seconds:.0f} s",
            f"{each.back_seconds:.0f} s",
        )
        for each in switched
    ]
    head = ("name looked up", "sent", "lost", "to the collector", "back")
    data = [asdict(each) for each in switched]
    return write_table(folder / "switch", head, rows, conditions, data)


def _share(loss: Loss) -> str:
    return "0" if loss.lost == 0 else f"{100 * loss.lost / loss.sent:.2f} %"


def write_table(
    file: Path,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    conditions: str,
    data: Sequence[object],
) -> str:
    """Writes a table in Markdown and its data in JSON beside each other; returns the table.

    Args:
        file: Path of both but for their suffixes.
        head: Names of the columns.
        rows: Cells of each row.
        conditions: Under which conditions the figures hold, in sentences.
        data: The same figures as data.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"conditions": conditions, "results": data}, indent=2, ensure_ascii=False)
    file.with_suffix(".json").write_text(content + "\n", encoding="utf-8")
    table = markdown_table(head, rows) + f"\n{conditions}\n"
    file.with_suffix(".md").write_text(table, encoding="utf-8")
    return table
