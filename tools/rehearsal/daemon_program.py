"""The program that runs as the daemon: the real one where there is one, else a stand-in."""

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

ANSWER_SECONDS: Final = 20
"""How long a program may take to answer."""


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
    "a stand-in (give the real one with --daemon PATH)",
    stand_in=True,
)


def find_daemon(given: Path | None) -> DaemonProgram:
    """Returns the X-Ray daemon from a path, or from PATH; without one, the stand-in.

    Raises:
        ToolError: The given path is not the X-Ray daemon, or does not run.
    """
    found = str(given.absolute()) if given else shutil.which(PROGRAM)
    if found is None:
        return STAND_IN
    try:
        said = ask(found, "--version")
        reason = f"asked for its version, it said '{said[:80]}'"
    except ValueError as error:
        said, reason = "", str(error)
    if SIGN in said:
        return DaemonProgram((found,), f"{said}, {given or found}")
    if given is None:
        return STAND_IN
    raise ToolError(
        f"--daemon is '{given}'; it must be the X-Ray daemon for this machine: {reason}."
    )


def ask(program: str, argument: str) -> str:
    """Returns what a program says, asked with an argument, on one line.

    Raises:
        ValueError: It does not run, or does not answer in time.
    """
    try:
        answer = subprocess.run(
            [program, argument],
            capture_output=True,
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
    return " ".join((answer.stdout + answer.stderr).split())


def write_configuration(file: Path, endpoint: str) -> Path:
    """Writes a configuration by which the daemon sends to another X-Ray API; returns the file.

    The daemon takes the API's address from nowhere else (aws/aws-xray-daemon, pkg/cfg/cfg.go).
    """
    file.write_text(yaml.safe_dump({"Version": 2, "Endpoint": endpoint}), encoding="utf-8")
    return file
