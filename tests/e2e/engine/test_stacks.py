"""Each kind of stack on a real engine, from its first preview until nothing is left."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandError, ConfigValue, PreviewResult

from tests.e2e.engine.stacks import MARKS, Providers, RunningStack
from tests.support.program import KUBECONFIG
from tests.support.variants import IRSA_ON_KOPS, VARIANTS

pytestmark = [*MARKS]

PASSWORD = "a-password-of-nobody"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_stack_comes_up_stays_and_goes(name: str, providers: Providers, tmp_path: Path) -> None:
    kind, settings = VARIANTS[name]
    running = RunningStack(tmp_path, providers, kind, **settings)
    stack = running.stack
    previewed: PreviewResult = stack.preview()
    made = stack.up()
    assert previewed.change_summary == made.summary.resource_changes
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    if "protectCluster" in (tmp_path / f"Pulumi.{kind}.yaml").read_text("utf-8"):
        with pytest.raises(CommandError, match="cannot be deleted"):
            stack.destroy()
        cluster = f"{name}::xray-on-kubernetes::xray-on-kubernetes:index:Cluster::xray"
        assert f"urn:pulumi:{cluster}" in running.made()
    else:
        stack.destroy()
        assert running.made() == {}


def test_no_secret_is_kept_or_printed_in_plain_text(providers: Providers, tmp_path: Path) -> None:
    running = RunningStack(tmp_path, providers, **IRSA_ON_KOPS, hostPort=True)
    secret = json.loads(KUBECONFIG)
    secret["users"] = [{"name": "operator", "user": {"token": PASSWORD}}]
    running.stack.set_config("kubeconfig", ConfigValue(json.dumps(secret), secret=True))
    said: list[Any] = []
    up = running.stack.up(on_output=said.append, on_event=said.append, debug=True)
    assert PASSWORD in up.outputs["kubeconfig"].value
    assert up.outputs["kubeconfig"].secret
    said.append(running.stack.refresh(on_output=said.append, on_event=said.append).stdout)
    assert PASSWORD not in "".join(map(str, said))
    written = [each for each in tmp_path.rglob("*") if each.is_file() and not each.is_symlink()]
    assert [each for each in written if PASSWORD.encode() in each.read_bytes()] == []
