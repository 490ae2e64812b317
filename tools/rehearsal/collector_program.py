"""The program that runs as the collector: a real one, from a path or from PATH."""

import re
import shutil
from pathlib import Path
from typing import Final

from tools.lab.errors import ToolError
from tools.lab.project import Facts

from .daemon_program import DaemonProgram, ask, find_daemon

WANTED: Final = "an OpenTelemetry Collector with the awsxray receiver and exporter"

PROGRAMS: Final = ("otelcol", "otelcol-contrib", "aws-otel-collector")
"""Names of collectors in their packages."""

PARTS: Final = ("awsxrayreceiver", "awsxrayexporter")
"""What it must have, as its components are listed (opentelemetry-collector-contrib)."""

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
    _check(facts)
    return find_collector(collector) if facts.collector else find_daemon(daemon)


def program_of_image(facts: Facts, image: str | None) -> DaemonProgram:
    """Returns the agent of a stack whose pods run on a cluster.

    Args:
        facts: What the stack's settings say.
        image: The image of the agent, if it is given.

    Raises:
        ToolError: The stack can't be rehearsed.
    """
    _check(facts)
    kind = "collector" if facts.collector else "daemon"
    return DaemonProgram((), image or "the stack's own image", kind)


def _check(facts: Facts) -> None:
    if facts.spans:
        raise ToolError(
            "collectorExporter is 'otlp'; it must be 'xray' in a rehearsal, which has no OTLP "
            "endpoint of X-Ray to send spans to."
        )


def find_collector(given: Path | None) -> DaemonProgram:
    """Returns the collector at a path, or from PATH.

    Raises:
        ToolError: There is none, it does not speak with X-Ray, or it does not run.
    """
    on_path = next((found for found in map(shutil.which, PROGRAMS) if found), None)
    found = str(given.absolute()) if given else on_path
    if found is None:
        raise ToolError(
            f"--collector is not set, and PATH has no {' or '.join(PROGRAMS)}; it must be the path "
            f"of {WANTED}: otelcol-contrib, a release of "
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


def _version(program: str) -> str:
    """Returns what a collector says of its version, or raises an error that says what it lacks."""
    components = ask(program, "components")
    adot = ADOT_SIGN.search(components)
    if adot is not None:
        return adot.group()
    lacking = [part for part in PARTS if part not in components]
    if lacking:
        raise ValueError(f"it has no {' and no '.join(lacking)}")
    return ask(program, "--version")
