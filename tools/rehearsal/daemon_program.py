"""The program that runs as the daemon: AWS's own where there is one, else a stand-in."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from tools.lab.errors import ToolError

PROGRAM: Final = "xray"
"""The daemon's name in AWS's packages."""

SIGN: Final = "AWS X-Ray daemon"
"""What the daemon calls itself when asked for its version; other programs are named xray too."""


@dataclass(frozen=True)
class DaemonProgram:
    """A program that takes the command line of the daemon's pods, or of a collector's."""

    command: tuple[str, ...]
    description: str
    kind: str = "daemon"
    """What it is, or stands in for: `daemon` or `collector`."""

    stand_in: bool = False


STAND_IN: Final = DaemonProgram(
    (sys.executable, "-m", "tools.rehearsal.stand_in"),
    "a stand-in for AWS's daemon; give the real one with --daemon PATH",
    stand_in=True,
)


def find_daemon(given: Path | None) -> DaemonProgram:
    """Returns AWS's daemon from a path, or from PATH; without one, the stand-in.

    Raises:
        ToolError: The given path is not AWS's daemon, or does not run.
    """
    if given is not None:
        version, reason = _version(str(given.absolute()))
        if version is None:
            raise ToolError(
                f"--daemon is '{given}'; it must be the X-Ray daemon for this machine: {reason}."
            )
        return DaemonProgram((str(given.absolute()),), f"{version}, {given}")
    found = shutil.which(PROGRAM)
    version = _version(found)[0] if found else None
    if found is None or version is None:
        return STAND_IN
    return DaemonProgram((found,), f"{version}, {found}")


def write_configuration(file: Path, endpoint: str) -> Path:
    """Writes a configuration by which the daemon sends to another X-Ray API; returns the file.

    The daemon takes the API's address from nowhere else (aws/aws-xray-daemon, pkg/cfg/cfg.go).
    """
    file.write_text(yaml.safe_dump({"Version": 2, "Endpoint": endpoint}), encoding="utf-8")
    return file


def _version(program: str) -> tuple[str | None, str]:
    """Returns what the daemon says of its version, or none and why not."""
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, ValueError) as error:
        return None, str(getattr(error, "strerror", None) or error)
    except subprocess.TimeoutExpired:
        return None, "it did not tell its version within 10 seconds"
    said = " ".join((answer.stdout + answer.stderr).split())
    if SIGN not in said:
        return None, f"asked for its version, it said '{said[:80]}'"
    return said, ""
