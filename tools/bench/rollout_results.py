"""Keeps what the rollouts came to: as data, as a plot and as a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .plot import plot_rollouts
from .rollout import LIMIT_SECONDS, Rollout
from .strategies import SPEEDUP

RESULTS: Final = Path(__file__).parent / "results"


def write_results(rollouts: Sequence[Rollout], folder: Path = RESULTS) -> None:
    """Writes `rollout.json`, `rollout.png` and `rollout.md` to a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(
        {"conditions": caption(rollouts), "rollouts": [asdict(each) for each in rollouts]},
        indent=2,
        ensure_ascii=False,
    )
    (folder / "rollout.json").write_text(content + "\n", encoding="utf-8")
    (folder / "rollout.md").write_text(table(rollouts), encoding="utf-8")
    plot_rollouts(rollouts, folder / "rollout.png", caption(rollouts))


def read_results(folder: Path = RESULTS) -> list[Rollout]:
    """Returns what `write_results` wrote."""
    found = json.loads((folder / "rollout.json").read_text(encoding="utf-8"))
    return [Rollout(**each) for each in found["rollouts"]]


def table(rollouts: Sequence[Rollout]) -> str:
    """Returns a table in Markdown: a strategy a row, a number of nodes a column."""
    sizes = sorted({each.nodes for each in rollouts})
    rows: dict[str, dict[int, str]] = {}
    for each in rollouts:
        cells = rows.setdefault(each.strategy, {})
        cells[each.nodes] = f"{each.duration}, {each.uncovered or 'none'}"
    head = ["rollout time, nodes without a daemon at once", *(f"{size:,} nodes" for size in sizes)]
    lines = [head, ["---", *("---:" for _ in sizes)]]
    lines += [
        [strategy, *(cells.get(size, "") for size in sizes)] for strategy, cells in rows.items()
    ]
    text = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    return f"{text}\n{caption(rollouts)}\n"


def caption(rollouts: Sequence[Rollout]) -> str:
    """Returns under which conditions the numbers hold."""
    said = (
        f"Nodes and pods simulated by kwok: pods start and stop {SPEEDUP} times faster than real "
        "ones; controllers and scheduler are Kubernetes' own. The default rolls out the pod with "
        "the host port, which stops sooner than ours."
    )
    if any(each.extrapolated for each in rollouts):
        said += f" ≈, dashed: extrapolated from the first {LIMIT_SECONDS // 60} minutes."
    return said
