"""The OpenTelemetry Collector that is measured, and whether a program is one."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.errors import RehearsalError

WANTED: Final = "an OpenTelemetry Collector with the awsxray receiver and exporter"

COMPONENT: Final = "awsxray"
"""Name of the receiver and of the exporter (opentelemetry-collector-contrib)."""

ADOT_SIGN: Final = re.compile(r"ADOT Collector version: \S+")
"""What AWS's distribution says of itself whatever it is asked; it has both, and no command that
lists its components (aws-observability/aws-otel-collector, cmd/awscollector/main.go)."""

ANSWER_SECONDS: Final = 20
"""How long a program may take to answer."""


@dataclass(frozen=True)
class CollectorProgram:
    """A program that takes a collector's command line."""

    file: Path
    description: str
    """What it says of its version."""


def find_collector(given: Path | None) -> CollectorProgram:
    """Returns the collector at a path.

    Raises:
        RehearsalError: None is given, or it is no collector that speaks with X-Ray.
    """
    if given is None:
        raise RehearsalError(f"--collector is not set; it must be {WANTED}: it is measured.")
    file = given.absolute()
    try:
        answer = _ask(file, "components")
        if answer.returncode != 0:
            return CollectorProgram(file, _adot_version(file))
        lacking = lacking_components(answer.stdout)
        if lacking:
            raise ValueError(f"it has no awsxray {' and no awsxray '.join(lacking)}")
        return CollectorProgram(file, _ask(file, "--version").stdout.strip())
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "strerror", None) or error)
    except subprocess.TimeoutExpired:
        reason = f"it did not answer within {ANSWER_SECONDS} seconds"
    raise RehearsalError(f"--collector is '{given}'; it must be {WANTED}: {reason}.")


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
