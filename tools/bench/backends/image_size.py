"""How large the image of a program is."""

import gzip
import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from tools.rehearsal.on_cluster.image_archive import Image, write_archive
from tools.rehearsal.on_cluster.stage import architecture_of_this_machine

GZIP_LEVEL: Final = 6
"""The level of gzip itself, and of who pushes images."""


@dataclass(frozen=True)
class ImageSize:
    """Bytes of an image archive, as it is and as registries keep it."""

    plain: int
    gzipped: int


def image_size(program: Path) -> ImageSize:
    """Makes an image of a program alone; returns its size."""
    place = PurePosixPath("/", program.name)
    image = Image(f"bench/{program.name}", {place: program}, [str(place)])
    with tempfile.TemporaryDirectory() as name:
        _, archive = write_archive(
            image, architecture_of_this_machine(platform.machine()), Path(name)
        )
        packed = archive.with_suffix(".gz")
        with archive.open("rb") as plain, gzip.open(packed, "wb", GZIP_LEVEL) as gzipped:
            shutil.copyfileobj(plain, gzipped, 1 << 20)
        return ImageSize(archive.stat().st_size, packed.stat().st_size)
