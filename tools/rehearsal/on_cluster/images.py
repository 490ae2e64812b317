"""The images of the rehearsal's pods, and how they come to the cluster's nodes."""

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from components.architecture import Architecture
from tools.lab.errors import ToolError
from tools.lab.project import PROJECT

from ..daemon_program import DaemonProgram
from .image_archive import Image, write_archive
from .python_image import python_image, requirements_in

PROGRAM_NAMES: Final = {
    "daemon": "xray-on-kubernetes/xray-daemon",
    "collector": "xray-on-kubernetes/collector",
}
SAMPLE_NAME: Final = "xray-on-kubernetes/sample-services"
STAND_IN_NAME: Final = "xray-on-kubernetes/stand-in"

LOAD_SECONDS: Final = 300
"""How long it may take to bring one image to the nodes."""


@dataclass(frozen=True)
class Images:
    """Where the images of a rehearsal on a cluster come from."""

    load: str | None
    """The command that brings an archive to the nodes; it gets the archive's path."""

    architecture: Architecture
    """That of this machine, and so of what is made here."""

    folder: Path
    """Where archives are written."""

    def program(self, program: DaemonProgram) -> str:
        """Makes an image of a program alone; returns its name on the nodes.

        Raises:
            ToolError: It can't be brought there.
        """
        (file,) = program.command
        name = f"/{Path(file).name}"
        image = Image(PROGRAM_NAMES[program.kind], {PurePosixPath(name): Path(file)}, [name])
        return self._bring(image)

    def stand_in(self, program: DaemonProgram) -> str:
        """Makes an image of a stand-in; see `program`."""
        image = python_image(
            STAND_IN_NAME,
            module=program.command[-1],
            packages=[PROJECT / "tools"],
            distributions=["boto3", "opentelemetry-proto", "pyyaml", "requests"],
        )
        return self._bring(image)

    def sample_services(self) -> str:
        """Makes an image of the sample services; see `program`."""
        image = python_image(
            SAMPLE_NAME,
            module="sample_service",
            packages=[PROJECT / "images/sample-service/sample_service"],
            distributions=requirements_in(PROJECT / "images/sample-service/requirements.txt"),
        )
        return self._bring(image)

    def _bring(self, image: Image) -> str:
        if self.load is None:
            raise ToolError(
                "--load is not set; it must be the command that brings an image archive to the "
                "cluster's nodes, such as 'kind load image-archive'."
            )
        name, archive = write_archive(image, self.architecture, self.folder)
        problem = _run(self.load, archive)
        if problem is not None:
            raise ToolError(
                f"--load is '{self.load}'; it must bring an image archive to the cluster's nodes: "
                f"{problem}."
            )
        archive.unlink()
        return name


def _run(command: str, archive: Path) -> str | None:
    """Runs a command with an archive; returns what went wrong, if anything did."""
    try:
        ended = subprocess.run(
            [*shlex.split(command), str(archive)],
            capture_output=True,
            text=True,
            timeout=LOAD_SECONDS,
            check=False,
        )
    except (OSError, ValueError) as error:
        return str(getattr(error, "strerror", None) or error)
    except subprocess.TimeoutExpired:
        return f"it did not end within {LOAD_SECONDS} seconds"
    if ended.returncode == 0:
        return None
    said = " ".join((ended.stderr or ended.stdout).split())
    return f"it ended with status {ended.returncode}: {said[-200:]}"
