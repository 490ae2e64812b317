"""Writes what a release makes to a file, so that the next one is seen to replace none of it."""

import json
from pathlib import Path
from typing import Any, Final

from components.version import VERSION
from tests.support.immutable import immutable_inputs
from tests.support.program import variant

FOLDER: Final = Path(__file__).resolve().parent
STACKS: Final = ("article", "collector", "dev", "gateway", "private")

Recorded = dict[str, dict[str, Any]]
"""Each resource by its URN, with the inputs that would replace it."""


def made_by(stack: str) -> Recorded:
    """Returns the resources of a stack that a provider makes."""
    return {
        urn: immutable_inputs(resource)
        for urn, resource in variant(stack).resources.items()
        if resource.custom
    }


def recorded(release: str) -> dict[str, Recorded]:
    """Returns what a release made, by stack."""
    return json.loads((FOLDER / f"{release}.json").read_text(encoding="utf-8"))


def write(folder: Path = FOLDER) -> None:
    """Writes the file of the version that the program has now."""
    text = json.dumps({stack: made_by(stack) for stack in STACKS}, indent=1, sort_keys=True)
    (folder / f"{VERSION}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
