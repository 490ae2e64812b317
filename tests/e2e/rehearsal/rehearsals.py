"""Starts rehearsals as a user does, and looks at what they leave behind."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil

from tools.lab.project import PROJECT

PARTS = ("components", "images", "settings", "tools")


def copy_of_project(folder: Path) -> Path:
    """Returns a copy of the program and its rehearsal, with stacks of its own."""
    for part in PARTS:
        shutil.copytree(PROJECT / part, folder / part)
    return copy_of_program(folder)


def copy_of_program(folder: Path) -> Path:
    """Returns a copy of the program alone; it runs with the components of this process."""
    for file in (PROJECT / "__main__.py", *PROJECT.glob("Pulumi*.yaml")):
        shutil.copy(file, folder)
    return folder


def start(folder: Path, arguments: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """Starts a rehearsal of the project in a folder, without an agent on PATH."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "tools", "demo", *arguments],
        cwd=folder,
        env={**kept, "PATH": "/usr/bin:/bin", "COLUMNS": "200", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def left_behind(folder: Path) -> list[str]:
    """Returns the command lines of processes that still run in a folder or below it."""
    running: list[str] = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                running.append(" ".join(process.cmdline()))
        except (psutil.Error, OSError):
            continue
    return running
