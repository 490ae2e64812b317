"""Images of Python programs, made from this machine's own Python: no base has to be pulled."""

import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import Final

from packaging.requirements import Requirement

from tools.lab.errors import ToolError

from .image_archive import Image

DEPENDENCIES: Final = PurePosixPath("/dependencies")
APPLICATION: Final = PurePosixPath("/app")
"""Where images/sample-service/Dockerfile puts what it installs, and the program."""

LEFT_OUT: Final = frozenset(
    {"site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo"}
    | {"ensurepip", "lib2to3", "pydoc_data"}
)
"""Parts of Python's library that no service needs."""

UNUSED: Final = re.compile(r".*\.a$|_tkinter\.")
"""Files there that no service needs either."""

BOTOCORE_DATA: Final = re.compile(r"^botocore/data/(?!xray/|sts/)[^/]+/")
"""Descriptions of AWS services that are never called; most of what botocore weighs."""

LIBRARY: Final = re.compile(r"(/\S+) \(0x")
"""A file that ldd names."""


def python_image(
    name: str, *, module: str, packages: Sequence[Path], distributions: Sequence[str]
) -> Image:
    """Returns an image of a Python module: the interpreter, its library, and what it needs.

    Args:
        name: The image's name.
        module: What it runs.
        packages: Folders of our own packages that it is made of.
        distributions: Names of the distributions that they need.

    Raises:
        ToolError: This machine's Python can't run in a container of Linux.
    """
    if not sys.platform.startswith("linux"):
        raise ToolError(
            f"this machine is {sys.platform}; images of its Python can only be made on Linux: set "
            "sampleImage to an image that the cluster can pull, and imageSource to public."
        )
    interpreter = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    files = {PurePosixPath(interpreter): interpreter}
    for library in _library_folders():
        files |= {PurePosixPath(each): each for each in _files_in(library)}
    files |= _dependencies(distributions)
    for package in packages:
        files |= {
            APPLICATION / package.name / each.relative_to(package): each
            for each in _files_in(package)
        }
    files |= {PurePosixPath(each): Path(each) for each in _shared_libraries(files.values())}
    return Image(
        name=name,
        files=files,
        links={PurePosixPath("/usr/local/bin/python"): str(interpreter)},
        entrypoint=["python", "-m", module],
        environment={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(DEPENDENCIES),
        },
        working_directory=str(APPLICATION),
    )


def requirements_in(file: Path) -> list[str]:
    """Returns the names of the distributions that a requirements file asks for."""
    lines = (line.split("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [Requirement(line).name for line in lines if line]


def _library_folders() -> set[Path]:
    extensions = sysconfig.get_config_var("DESTSHARED")
    return {Path(os.__file__).parent, *([Path(extensions)] if extensions else [])}


def _files_in(folder: Path) -> Iterator[Path]:
    for directory, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each not in LEFT_OUT]
        yield from (Path(directory) / name for name in names if not UNUSED.match(name))


def _dependencies(names: Sequence[str]) -> dict[PurePosixPath, Path]:
    """Returns the files of distributions, and of all that they depend on."""
    files: dict[PurePosixPath, Path] = {}
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            raise ToolError(f"the Python package {name} is missing: run make demo.") from None
        for requirement in map(Requirement, found.requires or []):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
        for file in found.files or []:
            if ".." not in file.parts and not BOTOCORE_DATA.match(file.as_posix()):
                files[DEPENDENCIES / file] = Path(str(found.locate_file(file)))
    return {place: file for place, file in files.items() if file.is_file()}


def _shared_libraries(files: Iterable[Path]) -> set[str]:
    """Returns what the programs and extensions among some files are linked with."""
    linked = [str(each) for each in files if ".so" in each.name or os.access(each, os.X_OK)]
    said = subprocess.run(["ldd", *linked], capture_output=True, text=True, check=False).stdout
    own = {str(each) for each in files}
    return set(LIBRARY.findall(said)) - own
