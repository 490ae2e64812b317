"""The program that runs as the collector: a real one, from a path or from PATH."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from tools.lab.errors import ToolError
from tools.lab.project import Facts

from .daemon_program import DaemonProgram, ask, find_daemon

WANTED: Final = "an OpenTelemetry Collector with the awsxray receiver and exporter"

PROGRAMS: Final = ("otelcol", "otelcol-contrib", "aws-otel-collector")
"""Names of collectors in their packages."""

COMPONENT: Final = "awsxray"
"""Name of the receiver and of the exporter (opentelemetry-collector-contrib)."""

ADOT_SIGN: Final = re.compile(r"ADOT Collector version: \S+")
"""What AWS's distribution says of itself whatever it is asked; it has both, and no command that
lists its components (aws-observability/aws-otel-collector, cmd/awscollector/main.go)."""


def find_program(facts: Facts, daemon: Path | None, collector: Path | None) -> DaemonProgram:
    """Returns the agent of a stack.

    Args:
        facts: What the stack's settings say.
        daemon: The daemon's path, if it is given; see `find_daemon`.
        collector: The collector's path, if it is given; see `find_collector`.

    Raises:
        ToolError: The path of the one that the stack wants leads to something else, there is no
            collector, or the stack can't be rehearsed.
    """
    if facts.spans:
        raise ToolError(
            "collectorExporter is 'otlp'; a rehearsal has no OTLP endpoint of X-Ray to send spans "
            "to: rehearse the stack with 'xray'."
        )
    return find_collector(collector) if facts.collector else find_daemon(daemon)


def find_collector(given: Path | None) -> DaemonProgram:
    """Returns the collector at a path, or from PATH.

    Raises:
        ToolError: There is none, it does not speak with X-Ray, or it does not run.
    """
    found = (
        str(given.absolute()) if given else next(filter(None, map(shutil.which, PROGRAMS)), None)
    )
    if found is None:
        raise ToolError(
            f"--collector is not set, and no {' or '.join(PROGRAMS)} is on PATH; it must be the "
            f"path of {WANTED}: a release of otelcol-contrib from "
            "github.com/open-telemetry/opentelemetry-collector-releases, or AWS Distro for "
            "OpenTelemetry."
        )
    try:
        version = _version(found)
    except ValueError as error:
        raise ToolError(
            f"--collector is '{given or found}'; it must be {WANTED}: {error}."
        ) from None
    return DaemonProgram((found,), f"{version}, {given or found}", "collector")


def lacking_components(listed: str) -> Sequence[str]:
    """Returns which of receiver and exporter for X-Ray are not among a collector's components.

    Args:
        listed: What the collector's command `components` says.

    Raises:
        ValueError: It is no list of components.
    """
    try:
        components: Any = yaml.safe_load(listed)
        # Older collectors list names alone.
        names = {
            kind: [each.get("name") if isinstance(each, dict) else each for each in named or []]
            for kind, named in ((kind, components[f"{kind}s"]) for kind in ("receiver", "exporter"))
        }
    except (yaml.YAMLError, TypeError, KeyError):
        said = " ".join(listed.split())[:80]
        raise ValueError(f"asked for its components, it said '{said}'") from None
    return [kind for kind, found in names.items() if COMPONENT not in found]


def _version(program: str) -> str:
    """Returns what a collector says of its version, or raises an error that says what it lacks."""
    version = " ".join(ask(program, "--version").split())
    adot = ADOT_SIGN.search(version)
    if adot is not None:
        return adot.group()
    lacking = lacking_components(ask(program, "components"))
    if lacking:
        raise ValueError(f"it has no {COMPONENT} {f' and no {COMPONENT} '.join(lacking)}")
    return version
