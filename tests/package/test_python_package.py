import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from components.image.build import content_hash
from components.version import VERSION
from tests.support.program import ROOT, only, run
from tests.support.readme import GUIDE
from tools.lab.deployment import Deployment
from tools.lab.project import Project

DECLARED: Final[Mapping[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BOUNDS: Final = [Requirement(each) for each in DECLARED["project"]["dependencies"]]
LOCKED: Final = [
    f"{folder}requirements.txt" for folder in ("", "images/sample-service/", "policy/")
]


def pinned(file: str) -> list[str]:
    """Returns the entries of a file of requirements."""
    text = (ROOT / file).read_text("utf-8").replace("\\\n", "")
    return [line for line in text.splitlines() if not line.startswith("#")]


PINNED: Final = [Requirement(each.partition(" --hash=")[0]) for each in pinned("requirements.txt")]

MODULES: Final = {"yaml": "pyyaml"}
"""Modules whose package has another name."""

IMAGES: Final = """
import pulumi
from xray_on_kubernetes import DaemonImage, SampleServices

pulumi.export("daemon", DaemonImage("daemon", {}).reference)
SampleServices(
    "samples",
    {"namespace": "shop", "daemon_address": "xray-service.xray:2000", "cluster_name": "shop"},
)
"""
"""A program that builds both images of ours, from wherever the package has their Dockerfiles."""

CONTEXTS: Final = {"daemon-image": "images/xray-daemon", "samples-image": "images/sample-service"}
"""Where a checkout has the Dockerfile of each image of that program."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as `pip install` of the repository builds it."""
    builders = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = builders.WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@pytest.fixture
def installed(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The wheel's contents, where Python finds them; the checkout has no such package."""
    site_packages = tmp_path / "site-packages"
    archive = zipfile.ZipFile(wheel)
    for each in archive.infolist():
        file = Path(archive.extract(each, site_packages))
        # As installers do: Python's own extraction leaves every mode out.
        if each.external_attr >> 16 & 0o111:
            file.chmod(file.stat().st_mode | 0o111)
    monkeypatch.syspath_prepend(site_packages)
    yield site_packages
    for name in [each for each in sys.modules if each.split(".")[0] == "xray_on_kubernetes"]:
        del sys.modules[name]


def _run(source: str, directory: Path) -> Deployment:
    """Returns what a program declares with the package that is installed."""
    (directory / "__main__.py").write_text(source, "utf-8")
    return run(Project(directory, "mine", "test", {"aws:region": "eu-west-1"}))


@pytest.mark.usefixtures("installed")
def test_the_package_builds_the_images_of_a_checkout(tmp_path: Path) -> None:
    images = _run(IMAGES, tmp_path).of_type("docker:index/image:Image")
    contexts = {each.name: Path(each.inputs["build"]["context"]) for each in images}
    assert contexts.keys() == CONTEXTS.keys()
    for name, context in contexts.items():
        assert not context.is_absolute()
        assert content_hash(tmp_path / context, {}) == content_hash(ROOT / CONTEXTS[name], {})


def test_only_the_package_is_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "xray_on_kubernetes",
        f"xray_on_kubernetes-{VERSION}.dist-info",
    }
    assert "xray_on_kubernetes/py.typed" in names
    assert not [name for name in names if "__pycache__" in name]


def test_the_wheel_names_its_version_and_dependencies(installed: Path) -> None:
    (folder,) = installed.glob("*.dist-info")
    script = installed / "xray_on_kubernetes/images/xray-daemon/fetch-daemon.sh"
    assert os.access(script, os.X_OK)
    metadata = PathDistribution(folder)
    assert metadata.version == VERSION
    assert {Requirement(each) for each in metadata.requires or []} == set(BOUNDS)


def test_the_package_needs_what_the_components_import() -> None:
    sources = [each.read_text("utf-8") for each in (ROOT / "components").rglob("*.py")]
    found: list[str] = re.findall(r"^ *(?:import|from) (\w+)", "\n".join(sources), re.MULTILINE)
    needed = {MODULES.get(each) or each for each in set(found) - sys.stdlib_module_names}
    assert {canonicalize_name(each) for each in needed} == {each.name for each in BOUNDS}


def test_bounds_admit_the_pinned_versions_and_no_next_major_one() -> None:
    for bound in BOUNDS:
        of_it = only([each for each in PINNED if each.name == bound.name])
        version = next(iter(of_it.specifier)).version
        assert bound.specifier.contains(version)
        assert not bound.specifier.contains(f"{int(version.split('.')[0]) + 1}.0")


@pytest.mark.parametrize("file", LOCKED)
def test_what_is_installed_is_known_by_its_hash(file: str) -> None:
    assert [
        each for each in pinned(file) if "==" not in each or " --hash=sha256:" not in each
    ] == []
    assert pinned(file)


def test_the_newest_version_in_the_changelog_is_this_one() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest, *_ = re.findall(r"^## (\d\S+)", changes, re.MULTILINE)
    assert newest == VERSION
    assert "from components import" not in GUIDE
