"""Two stacks come up in an account, trace, change in place, and leave nothing behind."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml
from pulumi.automation import ConfigValue, LocalWorkspace, Stack

from tests.e2e.aws.account import RUN_TAG, Account
from tests.support.pulumi_cli import copy_of_ours
from tools.lab.project import read_project


class Acceptance:
    """One run, in a folder that gets a copy of the project and, without a backend, the state."""

    def __init__(
        self, account: Account, folder: Path, program: Callable[[], Any] | None = None
    ) -> None:
        """Prepares a run; `program` runs here in place of `__main__.py` in a language host."""
        # A copy: `stack init` writes into the stack's file, and `stack rm` deletes it.
        self._account, self._folder, self._program = account, copy_of_ours(folder), program
        self._name, self._run = read_project(folder, "dev").name, f"{RUN_TAG}-{token_hex(3)}"
        self._stacks: list[Stack] = []
        self._problems: list[str] = []
        self._made: list[Any] = []
        self._doing = ""
        self._environment: dict[str, str] = {}
        if not os.environ.get("PULUMI_BACKEND_URL"):
            (folder / "state").mkdir()
            backend = {"PULUMI_BACKEND_URL": f"file://{folder}/state"}
            self._environment = {**backend, "PULUMI_CONFIG_PASSPHRASE": RUN_TAG}

    def run(self) -> list[str]:
        """Runs every step, and destroys whatever came of them; returns what went wrong."""
        self._try(self._accept)
        for stack in reversed(self._stacks):
            self._begin(f"The destruction of {stack.name}")
            if not self._try(lambda gone=stack: self._destroy(gone)):
                self._problems.append(self._how_to_destroy(stack.name))
        self._begin("Looking for what is left")
        self._try(lambda: self._problems.extend(self._account.left(self._run, self._made)))
        return self._problems

    def _accept(self) -> None:
        dev = yaml.safe_load((self._folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
        new = self._come_up("new", dev["config"])
        outputs = {name: each.value for name, each in new.outputs().items()}
        kubeconfig = self._folder / "kubeconfig"
        kubeconfig.write_text(outputs["kubeconfig"], encoding="utf-8")
        self._trace(kubeconfig, "xray")
        small = {"namespace": RUN_TAG, "imageSource": "public", "sampleServices": False}
        self._come_up("existing", {**small, "clusterName": outputs["clusterName"]})
        self._trace(kubeconfig, RUN_TAG)
        self._begin("Changing logLevel in place")
        new.set_config("logLevel", ConfigValue("info"))
        changes = new.up(on_output=print, suppress_outputs=True).summary.resource_changes or {}
        if set(changes) != {"same", "update"}:
            raise AssertionError(f"it made {changes}, not updates alone.")

    def _come_up(self, kind: str, settings: Mapping[str, Any]) -> Stack:
        name = f"{self._run}-{kind}"
        self._begin(f"The first up of {name}")
        tags = {"environment": RUN_TAG, RUN_TAG: self._run}
        every = {**settings, "aws:region": self._account.region, "tags": tags}
        if boundary := os.environ.get("BOUNDARY"):
            every["permissionsBoundary"] = boundary
        config = {key if ":" in key else f"{self._name}:{key}": each for key, each in every.items()}
        (self._folder / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))
        folder, variables = str(self._folder), self._environment
        workspace = LocalWorkspace(folder, program=self._program, env_vars=variables)
        stack = Stack.create(name, workspace)
        self._stacks.append(stack)
        stack.up(on_output=print, suppress_outputs=True)
        self._begin(f"A second up of {name}, without changes,")
        stack.up(on_output=print, suppress_outputs=True, expect_no_changes=True)
        return stack

    def _trace(self, kubeconfig: Path, namespace: str) -> None:
        self._begin(f"make verify ARGS='--namespace {namespace}'")
        if not self._account.traces_arrive(kubeconfig, namespace):
            raise AssertionError("a node's trace didn't arrive.")

    def _destroy(self, stack: Stack) -> None:
        self._made += (stack.export_stack().deployment or {}).get("resources") or []
        stack.destroy(on_output=print)
        stack.workspace.remove_stack(stack.name)

    def _how_to_destroy(self, stack: str) -> str:
        # The stack on the existing cluster may have outlived the cluster.
        variables = {**self._environment, "PULUMI_K8S_DELETE_UNREACHABLE": "true"}
        exports = [f"export {key}={value}" for key, value in variables.items()]
        commands = [f"pulumi {each} --yes --stack {stack}" for each in ("cancel", "destroy")]
        lines = [f"cd {self._folder}", *exports, *commands]
        return "\n  ".join([f"Remove what is left of {stack} with:", *lines])

    def _begin(self, doing: str) -> None:
        self._doing = doing
        print(f"\n=== {doing}", flush=True)

    def _try(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except Exception as error:
            # All that the command said is on the terminal already.
            words = str(error).rpartition(" stderr: ")[2].strip()
            self._problems.append(f"{self._doing} failed: {words or 'see above'}")
            return False
        return True
