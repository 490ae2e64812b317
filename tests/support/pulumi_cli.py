"""Pulumi's own CLI, run on copies of projects, with a state in a folder of its own."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.lab.project import PROJECT

PROGRAM: Final = ("Pulumi.yaml", "Pulumi.*.yaml", "__main__.py", "components", "settings")
"""What our program consists of, beside the folders that images are made from."""

CONTEXTS: Final = ("images",)

VIRTUAL_ENVIRONMENT: Final = PROJECT / ".venv"


def find_pulumi() -> str | None:
    """Returns the path of the CLI; none where it is not on PATH."""
    return shutil.which("pulumi")


def copy_of_ours(directory: Path) -> Path:
    """Returns a copy of this project's program, so that a preview leaves the original as it is."""
    for pattern in (*PROGRAM, *CONTEXTS):
        for source in PROJECT.glob(pattern):
            if source.is_dir():
                shutil.copytree(source, directory / source.name)
            else:
                shutil.copy(source, directory)
    (directory / ".venv").symlink_to(VIRTUAL_ENVIRONMENT)
    return directory


def run_pulumi(
    project: Path,
    state: Path,
    *arguments: str,
    environment: Mapping[str, str] = os.environ,
) -> subprocess.CompletedProcess[str]:
    """Runs one command of the CLI to its end, whatever comes of it.

    Args:
        project: The project's folder; its stack's file may get a line for secrets.
        state: A folder for the state, which is made; each is a backend of its own.
        arguments: The command.
        environment: What it runs in, beside what it needs for such a state.
    """
    state.mkdir(exist_ok=True)
    return subprocess.run(
        [str(find_pulumi()), "--non-interactive", "--color", "never", *arguments],
        cwd=project,
        env={
            **environment,
            "PULUMI_BACKEND_URL": f"file://{state}",
            "PULUMI_CONFIG_PASSPHRASE": "-",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        },
        capture_output=True,
        text=True,
        check=False,
    )
