"""Where the Dockerfiles of our own images are."""

from pathlib import Path
from typing import Final

_COMPONENTS: Final = Path(__file__).resolve().parents[1]


def image_context(name: str) -> str:
    """Returns the directory of one of our own Dockerfiles.

    An installed package has it inside, a checkout beside the components. Below the working
    directory it is a relative path, so that another machine's checkout is no change of the image.

    Args:
        name: The directory as a checkout has it, such as `images/xray-daemon`.
    """
    packaged = _COMPONENTS / name
    directory = packaged if packaged.is_dir() else _COMPONENTS.parent / name
    working = Path.cwd().resolve()
    if directory.is_relative_to(working):
        directory = directory.relative_to(working)
    return directory.as_posix()
