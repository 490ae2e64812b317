"""Two stacks come up in an account, trace, change in place, and leave nothing behind."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml
from pulumi.automation import LocalWorkspace, Stack

from tests.e2e.aws.account import RUN_TAG, Account, Resources, resources_of
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
        self._name, self._run = read_project(folder, "dev").name, f"acceptance-{token_hex(3)}"
        self._stacks: list[Stack] = []
        self._problems: list[str] = []
        self._doing = ""
        self._environment: dict[str, str] = {}
        if not os.environ.get("PULUMI_BACKEND_URL"):
            (folder / "state").mkdir()
            backend = {"PULUMI_BACKEND_URL": f"file://{folder}/state"}
            self._environment = {**backend, "PULUMI_CONFIG_PASSPHRASE": "acceptance"}

    def run(self) -> list[str]:
        """Runs every step, and destroys whatever came of them; returns what went wrong."""
        try:
            self._accept()
        except Exception as error:
            self._fails(error)
        self._destroy()
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
        self._configure(new.name, {"logLevel": "info"})
        changes = new.up(on_output=print, suppress_outputs=True).summary.resource_changes or {}
        if set(changes) != {"same", "update"}:
            raise AssertionError(f"it made {changes}, not updates alone.")

    def _come_up(self, kind: str, settings: Mapping[str, Any]) -> Stack:
        name = f"{self._run}-{kind}"
        self._begin(f"The first up of {name}")
        self._configure(name, settings)
        workspace = LocalWorkspace(
            str(self._folder), program=self._program, env_vars=self._environment
        )
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

    def _destroy(self) -> None:
        made: Resources = {}
        for stack in reversed(self._stacks):
            self._begin(f"The destruction of {stack.name}")
            left: Resources = {}
            try:
                before = stack.export_stack()
                made |= resources_of(before)
                stack.destroy(on_output=print)
                left = self._account.still_there(stack, before)
                if not left:
                    stack.workspace.remove_stack(stack.name, force=True)
                    continue
            except Exception as error:
                self._fails(error)
                with suppress(Exception):
                    left = resources_of(stack.export_stack())
            self._problems.append(self._how_to_destroy(stack, left))
        self._begin("Looking for what is left")
        try:
            self._problems += self._account.left(self._run, made)
        except Exception as error:
            self._fails(error)

    def _how_to_destroy(self, stack: Stack, left: Resources) -> str:
        lines = [f"  {each['type']} {each['id']}" for each in left.values()]
        lines += ["Remove it with:", f"  cd {self._folder}"]
        # The stack on the existing cluster may have outlived the cluster.
        variables = {**self._environment, "PULUMI_K8S_DELETE_UNREACHABLE": "true"}
        lines += [f"  export {key}={value}" for key, value in variables.items()]
        lines += [f"  pulumi {each} --yes --stack {stack.name}" for each in ("cancel", "destroy")]
        return "\n".join([f"This is left of {stack.name}:", *lines])

    def _configure(self, stack: str, settings: Mapping[str, Any]) -> None:
        file = self._folder / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
        tags = {"environment": RUN_TAG, RUN_TAG: self._run}
        every = {**settings, "aws:region": self._account.region, "tags": tags}
        config: dict[str, Any] = content.setdefault("config", {})
        for key, value in every.items():
            config[key if ":" in key else f"{self._name}:{key}"] = value
        file.write_text(yaml.safe_dump(content), encoding="utf-8")

    def _begin(self, doing: str) -> None:
        self._doing = doing
        print(f"\n=== {doing}", flush=True)

    def _fails(self, error: Exception) -> None:
        # All that the command said is on the terminal already.
        words = str(error).rpartition(" stderr: ")[2].strip()
        self._problems.append(f"{self._doing} failed: {words or 'see above'}")
