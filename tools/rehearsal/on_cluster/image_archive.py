"""Writes container images as archives, without Docker and without a registry."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from components.architecture import Architecture

DIRECTORY_MODE: Final = 0o755
FILE_MODE: Final = 0o644
PROGRAM_MODE: Final = 0o755


@dataclass(frozen=True)
class Image:
    """What an image holds, and how it starts."""

    name: str
    files: Mapping[PurePosixPath, Path]
    """Files of this machine by their place in the image; links are followed."""

    entrypoint: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    working_directory: str = "/"
    links: Mapping[PurePosixPath, str] = field(default_factory=dict[PurePosixPath, str])
    """Symbolic links by their place in the image."""


def write_archive(image: Image, architecture: Architecture, folder: Path) -> tuple[str, Path]:
    """Writes an image as an archive that `docker load` and its like understand.

    Everything belongs to root and can be read by everybody.

    Returns:
        The image's name with a tag made from its contents, and the archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    layer = folder / "layer.tar"
    with tarfile.open(layer, "w") as tar:
        for directory in sorted(_directories([*image.files, *image.links])):
            tar.addfile(_entry(directory, tarfile.DIRTYPE, DIRECTORY_MODE))
        for place, target in sorted(image.links.items()):
            link = _entry(place, tarfile.SYMTYPE, PROGRAM_MODE)
            link.linkname = target
            tar.addfile(link)
        for place, file in sorted(image.files.items()):
            _add_file(tar, place, file)
    with layer.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    configuration = {
        "architecture": architecture.value,
        "os": "linux",
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Env": [f"{name}={value}" for name, value in image.environment.items()],
            "WorkingDir": image.working_directory,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    tagged = f"{image.name}:{digest[:12]}"
    manifest = [{"Config": "config.json", "RepoTags": [tagged], "Layers": ["layer.tar"]}]
    archive = folder / f"{image.name.rsplit('/')[-1]}.tar"
    with tarfile.open(archive, "w") as tar:
        _add_json(tar, "manifest.json", manifest)
        _add_json(tar, "config.json", configuration)
        tar.add(layer, "layer.tar")
    layer.unlink()
    return tagged, archive


def _directories(places: Sequence[PurePosixPath]) -> set[PurePosixPath]:
    """Returns every directory above any of the places, but for the root."""
    return {each for place in places for each in place.parents if each != each.parent}


def _entry(place: PurePosixPath, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(str(place).lstrip("/"))
    entry.type = kind
    entry.mode = mode
    return entry


def _add_file(tar: tarfile.TarFile, place: PurePosixPath, file: Path) -> None:
    status = file.stat()
    entry = _entry(place, tarfile.REGTYPE, PROGRAM_MODE if status.st_mode & 0o100 else FILE_MODE)
    entry.size = status.st_size
    # Python takes its compiled modules for current by the source's time.
    entry.mtime = int(status.st_mtime)
    with file.open("rb") as content:
        tar.addfile(entry, content)


def _add_json(tar: tarfile.TarFile, name: str, content: object) -> None:
    data = json.dumps(content).encode()
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))
