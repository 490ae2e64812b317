"""`make test-aws` with a fake account, on an engine whose providers are stand-ins."""

import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import Stack

from tests.e2e.aws.acceptance import Acceptance
from tests.e2e.aws.account import Account
from tests.e2e.engine.stacks import MARKS, NO_ACCOUNT
from tests.support.program import ROOT

pytestmark = [*MARKS]


class FakeAccount(Account):
    """An account whose clusters have a trace of each node, and where nothing is left."""

    def traces_arrive(self, kubeconfig: Path, namespace: str) -> bool:
        return "get-token" in kubeconfig.read_text(encoding="utf-8")

    def left(self, run: str, made: list[Any]) -> list[str]:
        assert any(each["type"] == "aws:eks/cluster:Cluster" for each in made)
        return []


@pytest.fixture
def acceptance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Acceptance:
    """Returns a run in this process, which needs no language host, and of no real account."""
    for name in ("PULUMI_BACKEND_URL", "BOUNDARY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in NO_ACCOUNT.items():
        monkeypatch.setenv(name, value)
    main = str(ROOT / "__main__.py")
    return Acceptance(FakeAccount(), tmp_path, lambda: runpy.run_path(main, run_name="__main__"))


def test_where_all_is_well_nothing_is_said(acceptance: Acceptance) -> None:
    assert acceptance.run() == []


def test_what_could_not_be_destroyed_goes_by_the_commands_that_it_prints(
    acceptance: Acceptance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("the cluster is busy")

    monkeypatch.setattr(FakeAccount, "traces_arrive", lambda *_: False)
    monkeypatch.setattr(Stack, "destroy", refuse)
    untraced, failed, how = acceptance.run()
    assert untraced.endswith("--namespace xray' failed: a node's trace didn't arrive.")
    assert failed.endswith("-new failed: the cluster is busy")
    commands = how.partition(" with:\n")[2]
    ended = subprocess.run(["sh", "-c", commands], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "have been deleted" in ended.stdout
