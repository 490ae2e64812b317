"""Reads the project and stack files as Pulumi's CLI does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import yaml

from .errors import ToolError

PROJECT: Final = Path(__file__).resolve().parents[2]
"""The project that these tools came with."""

MOST_VALUES: Final = 10_000
"""In a file; anchors that are repeated make more of a few lines than any machine can hold."""

KUBECONFIG: Final = """\
{current-context: a, contexts: [{name: a, context: {cluster: a}}], clusters: [{name: a}]}
"""
"""In place of an encrypted one: nothing here connects to its cluster."""


@dataclass(frozen=True)
class Project:
    """A Pulumi project and the configuration of one of its stacks."""

    directory: Path
    name: str
    stack: str
    configuration: dict[str, str]
    """Every configured value as a text, defaults of the project included."""


def read_project(directory: Path, stack: str) -> Project:
    """Returns the project in a directory with the configuration of one stack."""
    stack_file = directory / f"Pulumi.{stack}.yaml"
    if not stack_file.is_file():
        known = sorted(path.name.split(".")[1] for path in directory.glob("Pulumi.*.yaml"))
        raise ToolError(f"there is no stack '{stack}'; it must be one of {', '.join(known)}.")
    declared, given = _read(directory / "Pulumi.yaml"), _read(stack_file)
    name = str(declared["name"])
    configuration = {
        f"{name}:{key}": _text(declaration["default"])
        for key, declaration in declared["config"].items()
        if "default" in declaration
    }
    for key, value in given["config"].items():
        full = key if ":" in key else f"{name}:{key}"
        encrypted = any(isinstance(each, dict) and "secure" in each for each in _values_in(value))
        if encrypted and full.startswith(f"{name}:") and full != f"{name}:kubeconfig":
            raise ToolError(
                f"{key} in {stack_file.name} is encrypted, and only Pulumi can read it; it must be "
                "a plain value here."
            )
        configuration[full] = KUBECONFIG if encrypted else _text(value)
    missing = [key for key in declared["config"] if f"{name}:{key}" not in configuration]
    if missing:
        raise ToolError(
            f"{stack_file.name} does not set {', '.join(missing)}; it must, since Pulumi.yaml "
            "declares no default."
        )
    return Project(directory, name, stack, configuration)


def _read(file: Path) -> dict[str, Any]:
    """Returns what a file of the project or of a stack says, with a mapping `config` in it."""
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ToolError(f"{file.name} can't be read: {reason}.") from None
    content = {} if content is None else content
    section = content.get("config") or {} if isinstance(content, dict) else None
    if not isinstance(section, dict) or not all(isinstance(key, str) for key in section):
        raise ToolError(f"{file.name} is malformed; it must be a mapping, and its 'config' too.")
    if sum(1 for _ in islice(_values_in(content), MOST_VALUES + 1)) > MOST_VALUES:
        raise ToolError(f"{file.name} has more than {MOST_VALUES:,} values; it must have fewer.")
    return {**content, "config": section}


def _values_in(value: Any) -> Iterator[Any]:
    """Yields a value and all those in it; an anchor's as often as it is repeated."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, dict):
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, default=str)
