"""A second `pulumi up` changes nothing, also from another checkout and another process."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import ROOT

STACKS = ("dev", "prod", "gateway", "both-architectures")

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", "snapshots")

REGISTER = """
import json, sys
from tests.support.program import variant

registered = {
    f"{stack} {urn}": [each.type, each.inputs]
    for stack in sys.argv[1:]
    for urn, each in variant(stack).resources.items()
}
json.dump(registered, sys.stdout)
"""


def start(checkout: Path, hash_seed: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", REGISTER, *STACKS],
        cwd=checkout,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        text=True,
    )


def registered(process: "subprocess.Popen[str]") -> dict[str, Any]:
    output, _ = process.communicate(timeout=120)
    return json.loads(output)


@pytest.mark.slow
def test_another_checkout_registers_the_same_inputs(tmp_path: Path) -> None:
    # As on a CI runner: another folder, and other times of the files.
    checkout = shutil.copytree(
        ROOT, tmp_path / "checkout", ignore=NOT_COPIED, copy_function=shutil.copy
    )
    here, there = start(ROOT, 1), start(checkout, 2)
    first, second = registered(here), registered(there)
    assert len(first) > 100
    assert first == second
