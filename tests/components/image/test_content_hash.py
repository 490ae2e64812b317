"""An image's tag is another one whenever what is built is."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pulumi
import pytest

from components.image.build import content_hash
from tests.support.program import declare, only, run_source

BUILD_ARGS: Final = {"DAEMON_VERSION": "3.6.6", "BASE": "scratch"}
IMAGE: Final = "docker:index/image:Image"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "app" / "main.py").write_text("print()\n")
    return tmp_path


def _main(context: Path) -> Path:
    return context / "app" / "main.py"


def _swallow(context: Path) -> None:
    """Makes one file of two, with the other's name between."""
    text = f"FROM scratch\napp/main.py\0{_main(context).read_text()}"
    (context / "Dockerfile").write_text(text)
    _main(context).unlink()


CHANGES: Final[dict[str, Callable[[Path], object]]] = {
    "edit": lambda context: _main(context).write_text("print(1)\n"),
    "rename": lambda context: _main(context).rename(context / "app" / "other.py"),
    "add": lambda context: (context / "empty").touch(),
    "remove": lambda context: _main(context).unlink(),
    # Docker's providers build anew for that, and what they push must not meet the same tag.
    "mode": lambda context: _main(context).chmod(0o755),
    "swallow": _swallow,
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_content_has_another_hash(context: Path, name: str) -> None:
    before = content_hash(context, BUILD_ARGS)
    CHANGES[name](context)
    assert content_hash(context, BUILD_ARGS) != before


def test_other_build_arguments_have_another_hash(context: Path) -> None:
    given = ({}, BUILD_ARGS, {**BUILD_ARGS, "BASE": "debian"}, {**BUILD_ARGS, "MORE": ""})
    assert len({content_hash(context, each) for each in given}) == len(given)


def test_same_content_has_the_same_hash_anywhere(context: Path, tmp_path: Path) -> None:
    before = content_hash(context, BUILD_ARGS)
    cache = context / "app" / "__pycache__"
    cache.mkdir()
    (cache / "main.cpython-311.pyc").write_bytes(b"\0")
    _main(context).touch()
    elsewhere = context.rename(tmp_path.with_name("elsewhere"))
    assert content_hash(elsewhere, dict(reversed(BUILD_ARGS.items()))) == before


def test_tag_is_made_from_version_and_content() -> None:
    hashes: set[str] = set()
    for version in ("3.6.6", "3.6.5"):
        image = only(declare(daemonVersion=version, sampleServices=False).of_type(IMAGE)).inputs
        tag = image["imageName"].rpartition(":")[2]
        assert re.fullmatch(rf"{re.escape(version)}-[0-9a-f]{{12}}", tag)
        assert image["build"]["args"] == {"DAEMON_VERSION": version}
        hashes.add(tag[-12:])
    assert len(hashes) == 2


def test_context_that_moved_makes_another_tag(context: Path, tmp_path: Path) -> None:
    # Docker's providers build it anew, and what they push must not meet the tag that is there.
    moved = shutil.copytree(context, tmp_path.with_name("moved"))
    one, other = (_built_from(each, tmp_path) for each in (context, moved))
    assert one != other


def test_context_without_a_dockerfile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(pulumi.RunError, match="must be a directory with a Dockerfile"):
        _built_from(tmp_path, tmp_path)


def _built_from(context: Path, directory: Path) -> str:
    """Returns the name of the image that a program in a directory builds from a context."""
    program = directory.with_name("program")
    program.mkdir(exist_ok=True)
    source = f"DaemonImage('image', {{'context': {str(context)!r}}})"
    deployment = run_source(f"from xray_on_kubernetes import DaemonImage\n{source}", program)
    return only(deployment.of_type(IMAGE)).inputs["imageName"]
