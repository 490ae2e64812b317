"""The CLI killed in the midst of updates: nothing is lost, and nothing is made twice."""

import shutil
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any, Final

import psutil
from pulumi.automation import Stack

from tests.e2e.engine.stacks import MARKS, Providers, RunningStack, workspace
from tests.support.program import ROOT

pytestmark = [*MARKS]

KILLS: Final = 10

SETTINGS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"agent": "collector", "gatewayReplicas": 1, "sampleServices": False, "tags": {"a": "b"}},
)
"""From either to the other, resources are made, updated and deleted."""


class Ledger:
    """What there is of a stack, by what its providers did and by its state."""

    def __init__(self, log: Path) -> None:
        self._log, self._before = log, len(log.read_text("utf-8").splitlines())
        self._known: Counter[str] = Counter()
        self._retained: set[str] = set()

    def check(self, state: dict[str, Any]) -> None:
        """Compares both, but for what Pulumi itself says that it was doing when it ended."""
        there: Counter[str] = Counter()
        for line in self._log.read_text("utf-8").splitlines()[self._before :]:
            act, _, resource = line.partition(" ")
            there[resource] += {"create": 1, "delete": -1}.get(act, 0)
        provided = list(filter(_is_provided, state.get("resources") or []))
        kept = Counter(map(_named, provided))
        # Images stay where they are when a stack lets go of them.
        self._retained |= {_named(each) for each in provided if each.get("retainOnDelete")}
        doing = {_named(each["resource"]) for each in state.get("pending_operations") or []}
        for resource in {*there, *kept, *self._known} - self._retained:
            more = there[resource] - kept[resource] - self._known[resource]
            if more and resource in doing:
                self._known[resource] += more
            else:
                assert more == 0, resource


def _named(resource: dict[str, Any]) -> str:
    return f"{resource['type']} {resource['urn'].rpartition('::')[2]}"


def _is_provided(resource: dict[str, Any]) -> bool:
    return resource.get("custom", False) and not resource["type"].startswith("pulumi:")


def _update(folder: Path, environment: Mapping[str, str]) -> None:
    """Brings the stack up in a process of its own, since threads of a killed update live on."""
    Stack.select("dev", workspace(folder, ROOT / "__main__.py", environment)).up()


def _kill(update: BaseProcess, folder: Path) -> None:
    process = psutil.Process(update.pid)
    for each in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    update.join()
    # A state in a file may be half written; the one before is beside it.
    (kept,) = folder.glob("state/.pulumi/stacks/*/dev.json.bak")
    state = kept.with_suffix("")
    if not state.exists() or not state.read_text("utf-8").rstrip().endswith("}"):
        shutil.copy(kept, state)


def test_nothing_is_lost_or_made_twice(providers: Providers, tmp_path: Path) -> None:
    running, ledger, random = RunningStack(tmp_path, providers), Ledger(providers.log), Random(17)
    running.stack.up()
    killed = 0
    for attempt in range(1, 3 * KILLS):
        running.configure(**SETTINGS[attempt % 2])
        update = get_context("spawn").Process(
            target=_update, args=(tmp_path, providers.environment)
        )
        update.start()
        update.join(random.uniform(3, 9))
        if update.is_alive():
            killed += 1
            _kill(update, tmp_path)
            running.stack.cancel()
            ledger.check(running.state())
            running.stack.up()
        else:
            assert update.exitcode == 0
        ledger.check(running.state())
        if killed == KILLS:
            break
    assert killed == KILLS
    running.stack.up(expect_no_changes=True)
    running.stack.destroy()
    ledger.check(running.state())
