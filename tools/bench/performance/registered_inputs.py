"""Prints what the program registers: `python -m tools.bench.performance.registered_inputs STACK…`."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from .stacks import STACKS, declared_for

REGISTERED: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    **STACKS,
    # Docker's other builder.
    "both architectures": ("dev", {"architectures": ["amd64", "arm64"]}),
}

Inputs = Mapping[str, Any]


def registered_inputs(names: Sequence[str]) -> dict[str, dict[str, Inputs]]:
    """Returns the type and the inputs of each resource, by its stack's name and its URN."""
    found: dict[str, dict[str, Inputs]] = {}
    for name in names:
        resources = declared_for(*REGISTERED[name]).resources.values()
        found[name] = {each.urn: {"type": each.type, "inputs": each.inputs} for each in resources}
    return found


if __name__ == "__main__":
    json.dump(registered_inputs(sys.argv[1:]), sys.stdout)
