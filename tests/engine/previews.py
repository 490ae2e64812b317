"""Previews by a real Pulumi engine, with what its policy pack found.

It needs `pulumi` and its Python language host on PATH, and providers of aws, eks, kubernetes and
docker, or stand-ins for them. The state is in a folder of its own.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.program import ROOT

PULUMI: Final = shutil.which("pulumi")
PACK: Final = ROOT / "policy"

PROGRAM: Final = ("Pulumi.yaml", "Pulumi.*.yaml", "__main__.py", "components", "settings")
"""What the program consists of, beside the folders that images are made from."""

CONTEXTS: Final = ("images", "services")


@dataclass(frozen=True)
class Violation:
    """What a policy found."""

    rule: str
    level: str
    """`mandatory` or `advisory`."""

    says: str


@dataclass(frozen=True)
class Preview:
    """What came of one preview."""

    succeeded: bool
    output: str
    violations: list[Violation]


def preview(
    project: Path, state: Path, stack: str, *, configuration: Path | None = None
) -> Preview:
    """Previews a stack of a project under the policy pack.

    Args:
        project: The project's folder; its stack's file may get a line for secrets.
        state: A folder for the state; each is a backend of its own.
        stack: The stack, which is made.
        configuration: The policy pack's configuration; without one, its defaults hold.
    """
    cli(project, state, "stack", "init", stack)
    events = state / "events.json"
    options = [] if configuration is None else ["--policy-pack-config", str(configuration)]
    ended = cli(
        *(project, state, "preview", "--stack", stack, "--event-log", str(events)),
        *("--policy-pack", str(PACK), *options),
    )
    return Preview(ended.returncode == 0, ended.stdout + ended.stderr, _violations(events))


def copy_of_ours(directory: Path) -> Path:
    """Returns a copy of this project's program, so that a preview leaves the original as it is."""
    for pattern in (*PROGRAM, *CONTEXTS):
        for source in ROOT.glob(pattern):
            if source.is_dir():
                shutil.copytree(source, directory / source.name)
            else:
                shutil.copy(source, directory)
    (directory / ".venv").symlink_to(ROOT / ".venv")
    return directory


def program(source: str, directory: Path) -> Path:
    """Returns a project of one file, which needs no account and no cluster."""
    runtime = {"name": "python", "options": {"virtualenv": str(ROOT / ".venv")}}
    project = {"name": "shop", "runtime": runtime}
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
    config = {
        "aws:region": "eu-west-1",
        "aws:accessKey": "a",
        "aws:secretKey": "b",
        "aws:skipCredentialsValidation": "true",
        "aws:skipRequestingAccountId": "true",
        "kubernetes:renderYamlToDirectory": str(directory / "manifests"),
    }
    stack = yaml.safe_dump({"config": config})
    (directory / "Pulumi.test.yaml").write_text(stack, encoding="utf-8")
    (directory / "__main__.py").write_text(source, encoding="utf-8")
    return directory


def cli(
    project: Path, state: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs Pulumi's CLI in a project's folder, and returns how it ended.

    Args:
        project: The project's folder.
        state: A folder for the state, which is made; each is a backend of its own.
        arguments: What follows `pulumi`.
        variables: More of its environment.
    """
    state.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **variables,
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "-",
        # Without it the CLI has no option --event-log.
        "PULUMI_DEBUG_COMMANDS": "true",
    }
    return subprocess.run(
        [str(PULUMI), "--non-interactive", "--color", "never", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _violations(events: Path) -> list[Violation]:
    if not events.exists():
        return []
    lines: Sequence[str] = events.read_text(encoding="utf-8").splitlines()
    found: list[dict[str, Any]] = [
        event["policyEvent"] for event in map(json.loads, lines) if "policyEvent" in event
    ]
    return [
        Violation(each["policyName"], each["enforcementLevel"], each["message"]) for each in found
    ]
