"""The packages in a real engine: the examples, and a program in an environment of its own.

The examples adopt the cluster `shop`: providers must be stand-ins, or know one of that name.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.engine.previews import PULUMI
from tests.snapshots.schema import readable, schema
from tests.support.program import ROOT
from tests.support.pulumi_cli import run_pulumi
from tests.support.readme import block

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(PULUMI is None, reason="pulumi is not on PATH"),
]

NO_ACCOUNT = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_PROFILE": ""}
"""No provider but a stand-in makes anything with these."""

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "build", "node_modules", "__pycache__", "sdks")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose package is set up."""
    folder = tmp_path_factory.mktemp("packages")
    copied = shutil.copytree(ROOT, folder / "checkout", ignore=NOT_COPIED)
    installed = run_pulumi(copied / "package", folder / "state", "install")
    assert installed.returncode == 0, installed.stderr
    return copied


def test_the_engine_makes_the_schema_that_is_kept_of_the_folder(
    checkout: Path, tmp_path: Path
) -> None:
    made = run_pulumi(checkout, tmp_path / "state", "package", "get-schema", "./package")
    assert made.returncode == 0, made.stderr
    assert readable(json.loads(made.stdout)) == schema()


def test_the_yaml_example_comes_up_and_stays_as_it_is(checkout: Path, tmp_path: Path) -> None:
    config = {"clusterName": "shop", "region": "eu-west-1", "aws:region": "eu-west-1"}
    _comes_up(checkout / "examples/yaml", tmp_path / "state", config)


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not on PATH")
def test_the_typescript_example_comes_up_and_stays_as_it_is(checkout: Path, tmp_path: Path) -> None:
    example, state = checkout / "examples/typescript", tmp_path / "state"
    installed = run_pulumi(example, state, "install")
    assert installed.returncode == 0, installed.stderr
    _comes_up(example, state, {"clusterName": "shop", "aws:region": "eu-west-1"})


def test_the_readme_program_comes_up_with_the_wheel_alone(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    wheels, environment = tmp_path / "dist", tmp_path / "environment"
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", wheels, ROOT], check=True)
    subprocess.run(
        [uv, "venv", "--quiet", "--seed", "--python", sys.executable, environment], check=True
    )
    python = environment / "bin/python"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, *wheels.glob("*.whl")], check=True
    )
    project = tmp_path / "project"
    project.mkdir()
    (project / "__main__.py").write_text(block("python", "TraceDaemon"), encoding="utf-8")
    runtime = {"name": "python", "options": {"virtualenv": str(environment)}}
    declared = json.dumps({"name": "mine", "runtime": runtime})
    (project / "Pulumi.yaml").write_text(declared, encoding="utf-8")
    _comes_up(project, tmp_path / "state", {"aws:region": "eu-west-1"})


def _comes_up(project: Path, state: Path, config: dict[str, str]) -> None:
    run_pulumi(project, state, "stack", "init", "test")
    for key, value in config.items():
        run_pulumi(project, state, "config", "set", key, value)
    for arguments in (["preview"], ["up", "--yes"], ["up", "--yes", "--expect-no-changes"]):
        ended = run_pulumi(project, state, *arguments, environment=os.environ | NO_ACCOUNT)
        assert ended.returncode == 0, ended.stdout + ended.stderr
