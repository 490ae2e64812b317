"""`make test-aws` with a fake account, on an engine whose providers are stand-ins."""

import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import Deployment, Stack

from tests.e2e.aws.acceptance import Acceptance
from tests.e2e.aws.account import Account, Resources, resources_of
from tests.e2e.engine.previews import PULUMI
from tests.support.program import ROOT

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(PULUMI is None, reason="pulumi is not on PATH"),
]


class FakeAccount(Account):
    """An account whose clusters have a trace of each node, and where some resources stay."""

    traces = True
    stays = False

    def traces_arrive(self, kubeconfig: Path, namespace: str) -> bool:
        assert "get-token" in kubeconfig.read_text(encoding="utf-8")
        return self.traces

    def still_there(self, stack: Stack, before: Deployment) -> Resources:
        assert resources_of(before)
        assert not resources_of(stack.export_stack())
        # A stand-in finds whatever it is asked for.
        return super().still_there(stack, before) if self.stays else {}

    def left(self, run: str, made: Resources, lag: float = 0) -> list[str]:
        assert any(each["type"] == "aws:eks/cluster:Cluster" for each in made.values())
        return [f"{run} left a volume."] if self.stays else []


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> FakeAccount:
    """Takes away what a real provider could make something with, and any other backend."""
    for name in ("AWS_PROFILE", "PULUMI_BACKEND_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    return FakeAccount()


def run(account: Account, folder: Path) -> list[str]:
    """Runs the program in this process, which needs no language host."""
    main = str(ROOT / "__main__.py")
    return Acceptance(account, folder, lambda: runpy.run_path(main, run_name="__main__")).run()


def test_where_all_is_well_nothing_is_said(account: FakeAccount, tmp_path: Path) -> None:
    assert run(account, tmp_path) == []


def test_after_a_failed_step_all_is_destroyed_and_what_stays_is_told(
    account: FakeAccount, tmp_path: Path
) -> None:
    account.traces, account.stays = False, True
    failed, stays, volume = run(account, tmp_path)
    assert failed.endswith("--namespace xray' failed: a node's trace didn't arrive.")
    assert "\n  aws:eks/cluster:Cluster xray" in stays
    assert "kubernetes:" not in stays
    assert volume.endswith(" left a volume.")


def test_what_could_not_be_destroyed_goes_by_the_commands_that_it_prints(
    account: FakeAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("the cluster is busy")

    account.traces = False
    monkeypatch.setattr(Stack, "destroy", refuse)
    _, failed, how = run(account, tmp_path)
    assert failed.endswith("-new failed: the cluster is busy")
    left, _, commands = how.partition("\nRemove it with:\n")
    assert "\n  aws:eks/cluster:Cluster xray" in left
    ended = subprocess.run(["sh", "-c", commands], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "have been deleted" in ended.stdout
