"""Previews by a real Pulumi engine, with what its policy pack found.

It needs `pulumi` and its Python language host on PATH, and providers of aws, eks, kubernetes and
docker, or stand-ins for them. The state is in a folder of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.program import ROOT
from tests.support.pulumi_cli import find_pulumi, run_pulumi

PULUMI: Final = find_pulumi()
PACK: Final = ROOT / "policy"


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
    run_pulumi(project, state, "stack", "init", stack)
    events = state / "events.json"
    options = [] if configuration is None else ["--policy-pack-config", str(configuration)]
    ended = run_pulumi(
        *(project, state, "preview", "--stack", stack, "--event-log", str(events)),
        *("--policy-pack", str(PACK), *options),
    )
    return Preview(ended.returncode == 0, ended.stdout + ended.stderr, _violations(events))


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
