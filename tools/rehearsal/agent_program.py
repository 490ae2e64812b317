"""The program that runs as the agent: the real one, or a stand-in for a daemon that is not here."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from settings import Settings
from tools.lab.errors import ToolError

DAEMON: Final = "xray"
"""The daemon's name in AWS's packages."""

DAEMON_SIGN: Final = "AWS X-Ray daemon"
"""What the daemon calls itself when asked for its version; other programs are named xray too."""

COLLECTORS: Final = ("otelcol", "otelcol-contrib", "aws-otel-collector")
"""Names of collectors in their packages."""

WANTED: Final = "an OpenTelemetry Collector from 0.153 on with the awsxray receiver and exporter"

PARTS: Final = ("awsxrayreceiver", "awsxrayexporter", "otlp_grpc")
"""What it must have, as its components are listed (opentelemetry-collector-contrib); the last had
another name before 0.144."""

ADOT_SIGN: Final = re.compile(r"ADOT Collector version: \S+")
"""What AWS's distribution says of itself whatever it is asked; it has both, and no command that
lists its components (aws-observability/aws-otel-collector, cmd/awscollector/main.go)."""

ANSWER_SECONDS: Final = 20
"""How long a program may take to answer."""


@dataclass(frozen=True)
class AgentProgram:
    """A program that takes the command line of the agent's pods."""

    command: tuple[str, ...]
    description: str
    kind: str = "daemon"
    """What it is, or stands in for: `daemon` or `collector`."""


STAND_IN: Final = AgentProgram(
    (sys.executable, "-m", "tools.rehearsal.stand_in"),
    "a stand-in (give the real one with --daemon PATH)",
)


def check_exporter(settings: Settings) -> None:
    """Raises a ToolError where the agent of a stack can't be rehearsed."""
    if settings.collector_exporter.value == "otlp":
        raise ToolError(
            "collectorExporter is 'otlp'; it must be 'xray' in a rehearsal, which has no OTLP "
            "endpoint of X-Ray to send spans to."
        )


def find_daemon(given: Path | None) -> AgentProgram:
    """Returns the X-Ray daemon from a path, or from PATH; without one, the stand-in."""
    found = _path_of(given, [DAEMON])
    if found is None:
        return STAND_IN
    try:
        said = _ask(found, "--version")
        if DAEMON_SIGN in said:
            return AgentProgram((found,), f"{said}, {given or found}")
        reason = f"asked for its version, it said '{said[:80]}'"
    except ValueError as error:
        reason = str(error)
    if given is None:
        return STAND_IN
    raise ToolError(
        f"--daemon is '{given}'; it must be the X-Ray daemon for this machine: {reason}."
    )


def find_collector(given: Path | None) -> AgentProgram:
    """Returns the collector at a path, or from PATH."""
    found = _path_of(given, COLLECTORS)
    if found is None:
        raise ToolError(
            f"--collector is not set, and PATH has no {' or '.join(COLLECTORS)}; it must be the "
            f"path of {WANTED}: otelcol-contrib, a release of "
            "github.com/open-telemetry/opentelemetry-collector-releases, or AWS Distro for "
            "OpenTelemetry."
        )
    try:
        version = _version_of_collector(found)
    except ValueError as error:
        raise ToolError(
            f"--collector is '{given or found}'; it must be {WANTED}: {error}."
        ) from None
    return AgentProgram((found,), f"{version}, {given or found}", "collector")


def _path_of(given: Path | None, names: Sequence[str]) -> str | None:
    if given is not None:
        return str(given.absolute())
    return next((found for found in map(shutil.which, names) if found), None)


def _version_of_collector(program: str) -> str:
    """Returns what a collector says of its version, or raises an error that says what it lacks."""
    components = _ask(program, "components")
    adot = ADOT_SIGN.search(components)
    if adot is not None:
        return adot.group()
    lacking = [part for part in PARTS if part not in components]
    if lacking:
        raise ValueError(f"it has no {' and no '.join(lacking)}")
    return _ask(program, "--version")


def _ask(program: str, argument: str) -> str:
    """Returns what a program says, on one line; raises an error where it does not answer."""
    try:
        answer = subprocess.run(
            [program, argument],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except OSError as error:
        raise ValueError(str(error.strerror or error)) from None
    except subprocess.TimeoutExpired:
        raise ValueError(f"it did not answer within {ANSWER_SECONDS} seconds") from None
    return " ".join(answer.stdout.split())
