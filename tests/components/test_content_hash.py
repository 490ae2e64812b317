import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pulumi
import pytest

from components.image.build import content_hash
from tests.support.program import declare, only, run, run_source
from tools.lab.project import read_project

BUILD_ARGS: Final = {"DAEMON_VERSION": "3.6.6", "BASE": "scratch"}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "app" / "main.py").write_text("print()\n")
    return tmp_path


def _edit(context: Path) -> None:
    (context / "app" / "main.py").write_text("print(1)\n")


def _rename(context: Path) -> None:
    (context / "app" / "main.py").rename(context / "app" / "other.py")


def _move(context: Path) -> None:
    (context / "app" / "main.py").rename(context / "main.py")


def _add(context: Path) -> None:
    (context / "empty").touch()


def _remove(context: Path) -> None:
    (context / "app" / "main.py").unlink()


def _make_executable(context: Path) -> None:
    """Docker's providers build anew for that, and what they push must not meet the same tag."""
    (context / "app" / "main.py").chmod(0o755)


def _swallow(context: Path) -> None:
    """Makes one file of two, with the other's name between."""
    main = context / "app" / "main.py"
    (context / "Dockerfile").write_text(f"FROM scratch\napp/main.py\0{main.read_text()}")
    main.unlink()


@pytest.mark.parametrize(
    "change", [_edit, _rename, _move, _add, _remove, _make_executable, _swallow]
)
def test_a_change_of_what_goes_into_an_image_changes_its_hash(
    context: Path, change: Callable[[Path], None]
) -> None:
    before = content_hash(context, BUILD_ARGS)
    change(context)
    assert content_hash(context, BUILD_ARGS) != before


@pytest.mark.parametrize(
    "build_args", [{}, {**BUILD_ARGS, "BASE": "debian"}, {**BUILD_ARGS, "MORE": ""}]
)
def test_a_change_of_the_build_arguments_changes_the_hash(
    context: Path, build_args: dict[str, str]
) -> None:
    assert content_hash(context, build_args) != content_hash(context, BUILD_ARGS)


def test_the_same_content_has_the_same_hash_wherever_it_lies(context: Path, tmp_path: Path) -> None:
    before = content_hash(context, BUILD_ARGS)
    cache = context / "app" / "__pycache__"
    cache.mkdir()
    (cache / "main.cpython-311.pyc").write_bytes(b"\0")
    (context / "app" / "main.py").touch()
    elsewhere = context.rename(tmp_path.with_name("elsewhere"))

    assert content_hash(elsewhere, dict(reversed(BUILD_ARGS.items()))) == before


def test_an_image_s_tag_is_made_from_its_version_and_content() -> None:
    newer, older = (
        only(
            declare(daemonVersion=version, sampleServices=False).of_type("docker:index/image:Image")
        ).inputs
        for version in ("3.6.6", "3.6.5")
    )
    for image, version in ((newer, "3.6.6"), (older, "3.6.5")):
        tag = image["imageName"].rpartition(":")[2]
        assert re.fullmatch(rf"{re.escape(version)}-[0-9a-f]{{12}}", tag)
        assert image["build"]["args"] == {"DAEMON_VERSION": version}
    assert newer["imageName"][-12:] != older["imageName"][-12:]


def test_a_context_that_moved_makes_another_tag(
    context: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Docker's providers build it anew, and what they push must not meet the tag that is there.
    moved = shutil.copytree(context, tmp_path_factory.mktemp("elsewhere") / "context")
    tags = {
        only(
            run_source(
                "from xray_on_kubernetes import DaemonImage\n"
                f"DaemonImage('image', {{'context': {str(each)!r}}})",
                tmp_path_factory.mktemp("program"),
            ).of_type("docker:index/image:Image")
        ).inputs["imageName"]
        for each in (context, moved)
    }
    assert len(tags) == 2


def test_a_context_without_a_dockerfile_is_refused(tmp_path: Path) -> None:
    program = f"DaemonImage('image', {{'context': {str(tmp_path)!r}}})"
    (tmp_path / "__main__.py").write_text(
        f"from components import DaemonImage\n{program}", encoding="utf-8"
    )
    (tmp_path / "Pulumi.yaml").write_text("name: mine\n", encoding="utf-8")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-1}", encoding="utf-8")
    with pytest.raises(pulumi.RunError, match="must be a directory with a Dockerfile"):
        run(read_project(tmp_path, "dev"))
