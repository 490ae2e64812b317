"""What a second `pulumi up` would change, from another checkout and another process: nothing."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from tools.lab.deployment import KUBERNETES_PREFIX
from tools.lab.errors import ToolError
from tools.lab.project import PROJECT

from .registered_inputs import REGISTERED
from .row import Conditions, Measured, Row

CHECKOUT: Final = (
    *("Pulumi*.yaml", "__main__.py", "components", "settings", "images"),
    *("tools",),
)
"""What the program consists of, and what runs it here."""

SHORT: Final = ("dev", "both architectures")

PATIENCE_SECONDS: Final = 120
"""The two take about ten."""

CONDITIONS: Final = (
    "What the program registers is compared, between two processes with other hash seeds, one of "
    "them in a fresh copy of the checkout, as a CI runner has it: other folder, other times of "
    "files, same modes (another umask makes other images, by Docker's providers themselves). "
    "Providers are stand-ins: no `pulumi up` is run, which would be one of somebody's account."
)

Registered = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Type and inputs of each resource, by its stack and its URN."""


@dataclass(frozen=True)
class Difference:
    """What the second `up` would do that it should not; each with its stack."""

    resources: Sequence[str]
    """Those that differ, and those that only one of both has."""

    images: Sequence[str]
    """Those among them that would be built or copied anew."""

    workloads: Sequence[str]
    """Those among them whose pods would be replaced."""


def measure_second_up(conditions: Conditions) -> Measured:
    """Registers all stacks twice, and counts what differs."""
    names = SHORT if conditions.short else tuple(REGISTERED)
    first, second = register_twice(names)
    found = compare(first, second)
    beside = f"the first, {sum(map(len, first.values()))} resources of {len(names)} stacks"
    rows = [
        _row("resources that a second up changes", beside, found.resources),
        _row("images that it builds or copies anew", beside, found.images),
        _row("workloads whose pods it replaces", beside, found.workloads),
    ]
    data = {"stacks": {name: len(first[name]) for name in names}, "differing": found.resources}
    return Measured(rows, data, CONDITIONS)


def register_twice(names: Sequence[str]) -> tuple[Registered, Registered]:
    """Returns what the program registers here, and in a copy of its checkout.

    Raises:
        ToolError: It fails, or does not end.
    """
    with TemporaryDirectory(prefix="xray-checkout-") as folder:
        copy = Path(folder)
        for pattern in CHECKOUT:
            for source in PROJECT.glob(pattern):
                _copy(source, copy / source.name)
        here, there = _start(PROJECT, names, seed=1), _start(copy, names, seed=2)
        return _end(here), _end(there)


def compare(first: Registered, second: Registered) -> Difference:
    """Returns what differs between what was registered first and second."""
    resources: list[str] = []
    images: list[str] = []
    workloads: list[str] = []
    for stack, before in first.items():
        after = second[stack]
        for urn in sorted(before.keys() | after.keys()):
            old, new = before.get(urn, {}), after.get(urn, {})
            if old == new:
                continue
            name = f"{stack}: {urn.rpartition('::')[2]}"
            kind = str((new or old)["type"])
            resources.append(name)
            if kind.startswith(("docker:", "docker-build:")):
                images.append(name)
            if kind.startswith(KUBERNETES_PREFIX) and _pod_template(old) != _pod_template(new):
                workloads.append(name)
    return Difference(resources, images, workloads)


def _pod_template(resource: Mapping[str, Any]) -> Any:
    return resource.get("inputs", {}).get("spec", {}).get("template")


def _copy(source: Path, target: Path) -> None:
    """Copies a file or a folder: contents and modes, no times, and nothing that was compiled."""
    if source.is_dir():
        leave_out = shutil.ignore_patterns("__pycache__", "results")
        shutil.copytree(source, target, copy_function=shutil.copy, ignore=leave_out)
    else:
        shutil.copy(source, target)


def _start(checkout: Path, names: Sequence[str], *, seed: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.bench.performance.registered_inputs", *names],
        cwd=checkout,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(checkout)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> Registered:
    try:
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise ToolError(
            f"the program did not end within {PATIENCE_SECONDS} seconds; it takes about ten."
        ) from None
    if process.returncode:
        words = (errors.strip().splitlines() or ["it says nothing"])[-1]
        raise ToolError(f"the program can't be run in its checkout: {words}.")
    return json.loads(output)


def _row(what: str, beside: str, found: Sequence[str]) -> Row:
    return Row(what, beside, str(len(found)), "0", not found)
