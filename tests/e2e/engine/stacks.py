"""Stacks on a real engine, whose program runs in this process: that needs no language host."""

import runpy
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from pulumi.automation import EngineEvent, LocalWorkspace, OpType, Stack

from tests.settings.row import label
from tests.support.program import ROOT
from tests.support.pulumi_cli import copy_of_ours, find_pulumi

MARKS: Final = (
    pytest.mark.engine,
    pytest.mark.skipif(find_pulumi() is None, reason="pulumi is not on PATH"),
)

NO_ACCOUNT: Final = {
    **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "none"),
    "AWS_PROFILE": "",
}
"""No provider but a stand-in makes anything with these."""

SIGNS: Final = {OpType.CREATE: "+", OpType.UPDATE: "~", OpType.DELETE: "-", OpType.REPLACE: "~"}
"""As in the table of settings; a stand-in knows few of the inputs that replace a resource."""


@dataclass(frozen=True)
class Providers:
    """Providers that run."""

    environment: Mapping[str, str]
    """Where the engine finds them."""

    log: Path
    """What they made, updated and deleted, a line each."""


def project(folder: Path, stack: str = "test") -> Path:
    """Returns a folder that is now a project `shop` with a stack."""
    declared = {"name": "shop", "runtime": "python"}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    config = {"config": {"aws:region": "eu-west-1"}}
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(config), "utf-8")
    return folder


def new_stack(
    folder: Path, name: str, program: Path | Callable[[], None], environment: Mapping[str, str]
) -> Stack:
    """Returns a new stack of the project in a folder; its file gets a line for secrets."""
    (folder / "state").mkdir()
    return Stack.create(name, workspace(folder, program, environment))


def workspace(
    folder: Path, program: Path | Callable[[], None], environment: Mapping[str, str]
) -> LocalWorkspace:
    """Returns the project in a folder, where the state of its stacks is too.

    Args:
        folder: The project's folder.
        program: What declares its resources, in place of the project's own program.
        environment: What the engine runs in, beside what it needs for such a state.
    """

    def run() -> None:
        if isinstance(program, Path):
            runpy.run_path(str(program), run_name="__main__")
        else:
            program()

    backend = {"PULUMI_BACKEND_URL": f"file://{folder}/state", "PULUMI_CONFIG_PASSPHRASE": "-"}
    variables = {**NO_ACCOUNT, **environment, **backend}
    return LocalWorkspace(str(folder), program=run, env_vars=variables)


def plugin(file: Path, *command: str) -> Path:
    """Returns a file that is now a plug-in, which the engine starts without a language host."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', "utf-8")
    file.chmod(0o755)
    return file


class RunningStack:
    """A stack of ours, in a copy of the project."""

    def __init__(
        self, folder: Path, providers: Providers, name: str = "dev", **settings: Any
    ) -> None:
        """Makes the stack, with other settings over those of its file."""
        copy_of_ours(folder)
        self._file = folder / f"Pulumi.{name}.yaml"
        self._declared: dict[str, Any] = yaml.safe_load(self._file.read_text("utf-8"))["config"]
        self.configure(**settings)
        self.stack: Final = new_stack(folder, name, ROOT / "__main__.py", providers.environment)

    def configure(self, **settings: Any) -> None:
        """Sets settings over those of the stack's file, and no others."""
        named = {
            key if ":" in key else f"xray-on-kubernetes:{key}": each
            for key, each in settings.items()
        }
        # With the salt that is in it by now.
        kept: dict[str, Any] = yaml.safe_load(self._file.read_text("utf-8"))
        changed = yaml.safe_dump({**kept, "config": {**self._declared, **named}})
        self._file.write_text(changed, "utf-8")

    def state(self) -> dict[str, Any]:
        """Returns the deployment as Pulumi keeps it."""
        deployment: Any = self.stack.export_stack().deployment
        return deployment

    def made(self) -> dict[str, Any]:
        """Returns the inputs of each resource in the state, by its URN."""
        resources = self.state().get("resources", [])
        assert len({each["urn"] for each in resources}) == len(resources)
        return {each["urn"]: each.get("inputs") for each in resources}

    def touched(self) -> set[str]:
        """Brings it up, and returns what that came to, as in the table of settings."""
        events: list[EngineEvent] = []
        self.stack.up(on_event=events.append)
        steps = [each.resource_pre_event.metadata for each in events if each.resource_pre_event]
        return {
            f"{SIGNS[each.op]}{label(each.type, each.urn.rpartition('::')[2])}"
            for each in steps
            if each.op in SIGNS and not _is_of_pulumi(each.urn)
        }


def _is_of_pulumi(urn: str) -> bool:
    """Returns whether a resource is a component, a default provider, or made by pulumi-eks."""
    types, name = urn.split("::")[2:]
    kind = types.rpartition("$")[2]
    return (
        kind.startswith(("xray-on-kubernetes:", "pulumi:pulumi:"))
        or (kind.startswith("pulumi:providers:") and name.startswith("default"))
        or "eks:index:" in types
    )
