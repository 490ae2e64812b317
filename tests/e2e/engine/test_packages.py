"""The packages in a real engine: the examples, and a program in an environment of its own.

The examples adopt the cluster `shop`: providers must be stand-ins, or know one of that name.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from components.package import PACKAGE
from tests.e2e.engine.stacks import MARKS, NO_ACCOUNT, plugin, project
from tests.snapshots.schema import readable, schema
from tests.support.program import ROOT
from tests.support.pulumi_cli import run_pulumi
from tests.support.readme import block

pytestmark = [*MARKS]

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "build", "node_modules", "__pycache__", "sdks")

UP: Final = """
import runpy
from pulumi.automation import LocalWorkspace, Stack
program = lambda: runpy.run_path("__main__.py", run_name="__main__")
stack = Stack.create("test", LocalWorkspace(".", program=program))
stack.up()
stack.up(expect_no_changes=True)
"""
"""Brings a program up twice that is in the working directory."""


def test_the_engine_makes_the_schema_that_is_kept_of_the_package(tmp_path: Path) -> None:
    package = plugin(tmp_path / f"pulumi-resource-{PACKAGE}", sys.executable, str(ROOT / "package"))
    made = run_pulumi(tmp_path, tmp_path / "state", "package", "get-schema", str(package))
    assert made.returncode == 0, made.stderr
    assert readable(json.loads(made.stdout)) == schema()


@pytest.mark.parametrize(
    ("example", "config", "host"),
    [
        ("yaml", {"clusterName": "shop", "region": "eu-west-1"}, "pulumi-language-yaml"),
        ("both-agents", {"clusterName": "shop", "region": "eu-west-1"}, "pulumi-language-yaml"),
        ("typescript", {"clusterName": "shop"}, "pulumi-language-nodejs"),
    ],
)
def test_an_example_comes_up_and_stays_as_it_is(
    example: str, config: dict[str, str], host: str, tmp_path: Path
) -> None:
    if missing := [each for each in ("pulumi-language-python", host) if shutil.which(each) is None]:
        pytest.skip(f"{' and '.join(missing)} (a language host of Pulumi's) is not on PATH")
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=NOT_COPIED)
    folder, state = checkout / "examples" / example, tmp_path / "state"
    # Providers on PATH or in the plug-in folder are found without an installation.
    for each in (checkout / "package", folder):
        installed = run_pulumi(each, state, "install", "--no-plugins")
        assert installed.returncode == 0, installed.stderr
    run_pulumi(folder, state, "stack", "init", "test")
    for key, value in {**config, "aws:region": "eu-west-1"}.items():
        run_pulumi(folder, state, "config", "set", key, value)
    for arguments in (["preview"], ["up", "--yes"], ["up", "--yes", "--expect-no-changes"]):
        ended = run_pulumi(folder, state, *arguments, environment=os.environ | NO_ACCOUNT)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_readme_program_comes_up_with_the_wheel_alone(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    wheels, environment = tmp_path / "dist", tmp_path / "environment"
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", wheels, ROOT], check=True)
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    python, wheel = environment / "bin/python", *wheels.glob("*.whl")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, wheel], check=True)
    folder = tmp_path / "shop"
    folder.mkdir()
    (project(folder) / "__main__.py").write_text(block("python", "TraceDaemon"), "utf-8")
    backend = {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_CONFIG_PASSPHRASE": "-"}
    variables = {**os.environ, **NO_ACCOUNT, **backend}
    ended = subprocess.run(
        [python, "-c", UP], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
