"""A real OpenTelemetry Collector, for the tests that give it the program's configurations."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from components.agent.collector.configuration import Configuration
from components.agent.collector.files import as_yaml
from tests.support.program import ROOT

COLLECTOR: Final = os.environ.get("COLLECTOR") or shutil.which(
    "otelcol", path=os.pathsep.join((str(ROOT / "build/bin"), os.environ.get("PATH", "")))
)
"""Its program: the one that the variable names, that of `.ci/run`, or the one on PATH."""

needs_collector = pytest.mark.skipif(
    COLLECTOR is None,
    reason="there is no otelcol in build/bin or on PATH; name an OpenTelemetry Collector in "
    "COLLECTOR, or build one as .ci/run does",
)

ENVIRONMENT: Final[Mapping[str, str]] = {
    "AWS_REGION": "eu-west-1",
    "AWS_HOSTNAME": "a-node",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}
"""A pod's own variables, and credentials that nobody knows."""

PORTS: Final = (2000, 2001, 4317, 4318, 4319, 8888, 13133)
"""All that the program's collectors listen on."""


def refusal(file: Path, sts: str) -> str:
    """Returns why a collector refuses a configuration; empty where it takes it.

    Args:
        file: The configuration, which is changed: the receiver for X-Ray listens even then.
        sts: URL of the STS that a collector becomes another role by, even to look at its file.
    """
    on_free_ports(file)
    ended = subprocess.run(
        [str(COLLECTOR), "validate", f"--config={file}"],
        env={**ENVIRONMENT, "AWS_ENDPOINT_URL_STS": sts},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if ended.returncode == 0 else ended.stderr.strip() or str(ended.returncode)


def write(configuration: Configuration, directory: Path) -> Path:
    """Writes a configuration as its ConfigMap has it, and returns the file."""
    file = directory / "collector.yaml"
    file.write_text(as_yaml({file.name: configuration})[file.name], encoding="utf-8")
    return file


def on_free_ports(file: Path) -> dict[int, int]:
    """Moves what a configuration listens on to ports that nobody has.

    Args:
        file: The configuration, which is changed.

    Returns:
        The ports as they were, by those that they have become.
    """
    with ExitStack() as sockets:
        free = [sockets.enter_context(socket.create_server(("", 0))) for _ in PORTS]
        moved = {old: each.getsockname()[1] for old, each in zip(PORTS, free, strict=True)}
    text = re.sub(
        r"(?<=[0-9\]]:)[0-9]+\b|(?<=\bport: )[0-9]+\b",
        lambda found: str(moved[int(found.group())]),
        file.read_text(encoding="utf-8"),
    )
    file.write_text(text, encoding="utf-8")
    return {new: old for old, new in moved.items()}
