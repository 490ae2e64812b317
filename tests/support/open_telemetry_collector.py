"""A real OpenTelemetry Collector, for the tests that give it the program's configurations."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from components.agent.collector.configuration import Configuration
from components.agent.collector.files import as_yaml
from tests.support.program import ROOT
from tools.rehearsal.network import free_port

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

_given: Final[set[int]] = set()

PORTS: Final = (2000, 2001, 4317, 4318, 4319, 8888, 13133)
"""All that the program's collectors listen on."""


READY: Final = b"Everything is ready"
"""What it logs once all is started, but for a level above info (service/service.go)."""

QUIET: Final = (
    ('"level":"info"',),
    ('"level":"debug"',),
    # It closes its own socket when told to stop, and calls that an error (udppoller/poller.go).
    ('"caller":"udppoller/poller.go', "use of closed network connection"),
    # Its other name is not known before 0.160 (config/confighttp/server.go).
    ("'keep_alives_enabled' is deprecated",),
    # No name leads to a gateway here.
    ('"otelcol.component.id":"load_balancing"', "failed to resolve"),
)
"""What is in those lines of a log that alarm nobody, or that no setting prevents."""


@contextmanager
def running(
    configuration: Configuration, directory: Path, aws: str = ""
) -> Generator[tuple["subprocess.Popen[bytes]", Mapping[int, int]]]:
    """Runs a collector on free ports until the end of the block, and then tells it to stop.

    Gives its process, and the ports that it was to have by those that it has.

    Args:
        configuration: As the program makes it.
        directory: Where its file and its log go.
        aws: URL of the AWS that it calls; STS is called before it starts.
    """
    file = write(configuration, directory)
    ports = on_free_ports(file)
    with (directory / "log").open("wb") as log:
        command = [str(COLLECTOR), f"--config={file}"]
        environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws}
        process = subprocess.Popen(command, env=environment, stderr=log)
    try:
        yield process, ports
        # It listens a moment before it heeds signals (otelcol/collector.go, Run).
        until = time.monotonic() + 2
        while READY not in (directory / "log").read_bytes() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()


def complaints(directory: Path) -> list[str]:
    """Returns the lines in the log of `running` that would alarm its reader."""
    lines = (directory / "log").read_text(encoding="utf-8").splitlines()
    return [
        line for line in lines if not any(all(part in line for part in parts) for parts in QUIET)
    ]


def write(configuration: Configuration, directory: Path) -> Path:
    """Writes a configuration as its ConfigMap has it, and returns the file."""
    file = directory / "collector.yaml"
    file.write_text(as_yaml({file.name: configuration})[file.name], encoding="utf-8")
    return file


def _free_port() -> int:
    """Returns a port that no other collector here has, or is about to have."""
    while (port := free_port()) in _given:
        pass
    _given.add(port)
    return port


def on_free_ports(file: Path) -> dict[int, int]:
    """Moves what a configuration listens on to ports that nobody has.

    Args:
        file: The configuration, which is changed.

    Returns:
        The ports as they were, by those that they have become.
    """
    moved = {old: _free_port() for old in PORTS}
    text = re.sub(
        r"(?<=[0-9\]]:)[0-9]+\b|(?<=\bport: )[0-9]+\b",
        lambda found: str(moved[int(found.group())]),
        file.read_text(encoding="utf-8"),
    )
    file.write_text(text, encoding="utf-8")
    return {new: old for old, new in moved.items()}
