"""GitHub's workflows as tests read them, and their shell steps as GitHub runs them."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.program import ROOT

FOLDER: Final = ROOT / ".github"
WORKFLOWS: Final = sorted((FOLDER / "workflows").glob("*.yaml"))
ACTIONS: Final = sorted((FOLDER / "actions").glob("*/action.yaml"))

Step = dict[str, Any]


def read(file: Path) -> dict[str, Any]:
    """Returns a workflow or an action; `on` stays a word, as it is for GitHub."""
    content: dict[Any, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    # YAML 1.1, which PyYAML reads, takes `on` for a truth value.
    return {"on" if key is True else key: value for key, value in content.items()}


def jobs_in(workflow: str) -> dict[str, dict[str, Any]]:
    """Returns the jobs of a workflow by their ids."""
    return read(FOLDER / "workflows" / f"{workflow}.yaml")["jobs"]


def steps_in(file: Path) -> Iterator[Step]:
    """Yields the steps of a workflow or an action."""
    content = read(file)
    for job in content.get("jobs", {}).values():
        yield from job["steps"]
    yield from content.get("runs", {}).get("steps", [])


def step(workflow: str, words: str) -> Step:
    """Returns the one shell step of a workflow whose command has some words in it."""
    steps = (each for job in jobs_in(workflow).values() for each in job["steps"])
    (found,) = [each for each in steps if words in each.get("run", "")]
    return found


def install(folder: Path, name: str, script: str) -> None:
    """Puts a shell script into a folder's `bin`, where its steps find programs."""
    program = folder / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
    program.chmod(0o755)


def run_step(
    found: Step, folder: Path, variables: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Runs a step in a folder, with variables in place of the expressions in its `env`."""
    options = ["-eo", "pipefail"] if found.get("shell") == "bash" else ["-e"]
    return subprocess.run(
        ["bash", "--noprofile", "--norc", *options, "-c", found["run"]],
        cwd=folder,
        env={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
