"""The program that runs as the collector: a real one where it is given, else a stand-in."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tools.lab.errors import ToolError
from tools.lab.project import Project

from .daemon_program import DaemonProgram, find_daemon

WANTED: Final = "an OpenTelemetry Collector with the awsxray receiver and exporter"

COMPONENT: Final = "awsxray"
"""Name of the receiver and of the exporter (opentelemetry-collector-contrib)."""

ADOT_SIGN: Final = re.compile(r"ADOT Collector version: \S+")
"""What AWS's distribution says of itself whatever it is asked; it has both, and no command that
lists its components (aws-observability/aws-otel-collector, cmd/awscollector/main.go)."""

ANSWER_SECONDS: Final = 20
"""How long a program may take to answer."""

COLLECTOR_STAND_IN: Final = DaemonProgram(
    (sys.executable, "-m", "tools.rehearsal.stand_in.collector"),
    "a stand-in for OpenTelemetry's; give a real one with --collector PATH",
    "collector",
    stand_in=True,
)


def find_program(project: Project, daemon: Path | None, collector: Path | None) -> DaemonProgram:
    """Returns what takes traces on the nodes of a stack.

    Args:
        project: The project and the stack's configuration.
        daemon: The daemon's path, if it is given; see `find_daemon`.
        collector: The collector's path, if it is given; see `find_collector`.

    Raises:
        ToolError: The path of the one that the stack wants leads to something else.
    """
    if project.configuration.get(f"{project.name}:agent") == "collector":
        return find_collector(collector)
    return find_daemon(daemon)


def find_collector(given: Path | None) -> DaemonProgram:
    """Returns the collector at a path; without one, the stand-in.

    Raises:
        ToolError: It is no collector that speaks with X-Ray, or does not run.
    """
    if given is None:
        return COLLECTOR_STAND_IN
    try:
        version = _version(given.absolute())
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)
    except subprocess.TimeoutExpired:
        reason = f"it did not answer within {ANSWER_SECONDS} seconds"
    else:
        return DaemonProgram((str(given.absolute()),), f"{version}, {given}", "collector")
    raise ToolError(f"--collector is '{given}'; it must be {WANTED}: {reason}.")


def _version(file: Path) -> str:
    """Returns what a collector says of its version, or raises an error that says what it lacks."""
    answer = _ask(file, "components")
    if answer.returncode != 0:
        return _adot_version(file)
    lacking = lacking_components(answer.stdout)
    if lacking:
        raise ValueError(f"it has no awsxray {' and no awsxray '.join(lacking)}")
    return _ask(file, "--version").stdout.strip()


def lacking_components(listed: str) -> Sequence[str]:
    """Returns which of receiver and exporter for X-Ray are not among a collector's components.

    Args:
        listed: What the collector's command `components` says.

    Raises:
        ValueError: It is no list of components.
    """
    try:
        components: Any = yaml.safe_load(listed)
    except yaml.YAMLError:
        components = None
    if not isinstance(components, dict) or not {"receivers", "exporters"} <= components.keys():
        raise ValueError(f"asked for its components, it said '{_short(listed)}'")
    return [
        kind
        for kind in ("receiver", "exporter")
        if COMPONENT not in [_name_of(each) for each in components[f"{kind}s"] or []]
    ]


def _name_of(component: Any) -> Any:
    """Older collectors list names alone."""
    return component.get("name") if isinstance(component, dict) else component


def _adot_version(file: Path) -> str:
    answer = _ask(file, "--version")
    said = answer.stdout + answer.stderr
    found = ADOT_SIGN.search(said)
    if found is None:
        raise ValueError(f"asked for its version, it said '{_short(said)}'")
    return found.group()


def _ask(file: Path, argument: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(file), argument],
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        timeout=ANSWER_SECONDS,
        check=False,
    )


def _short(said: str) -> str:
    return " ".join(said.split())[:80]
