import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.pulumi_package import COMPONENTS
from tests.program import ROOT
from tests.schema import FILE, readable, schema, text

FOLDER = ROOT / "package"


def test_the_schema_that_is_kept_is_the_one_that_the_package_has() -> None:
    assert FILE.read_text("utf-8") == text(), "run `make rendered` and look at the change."


def test_each_choice_is_described_in_the_schema() -> None:
    undescribed = [
        f"{token} {choice['name']}"
        for token, each in schema()["types"].items()
        for choice in each.get("enum", [])
        if not choice.get("description")
    ]
    assert undescribed == []


def test_the_package_is_not_taken_for_the_project() -> None:
    # Beside Pulumi.yaml, `pulumi install` would take the package for what is to be installed.
    assert not (ROOT / "PulumiPlugin.yaml").exists()
    runtime = yaml.safe_load((FOLDER / "PulumiPlugin.yaml").read_text("utf-8"))["runtime"]
    assert runtime["name"] == "python"
    assert "-r ../requirements.txt" in (FOLDER / "requirements.txt").read_text("utf-8").splitlines()


def test_the_package_starts_from_a_checkout_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hosted: dict[str, Any] = {}
    monkeypatch.setattr(
        "components.pulumi_package.component_provider_host", lambda **given: hosted.update(given)
    )
    monkeypatch.setattr(sys, "path", [each for each in sys.path if Path(each) != ROOT])
    runpy.run_path(str(FOLDER), run_name="__main__")
    assert hosted["components"] == list(COMPONENTS)


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="pulumi is not on PATH")
def test_the_cli_is_served_the_same_schema(tmp_path: Path) -> None:
    # As a program of its own, the package needs none of the plugins that its components need.
    plugin = tmp_path / "pulumi-resource-xray-on-kubernetes"
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FOLDER}" "$@"\n')
    plugin.chmod(0o755)
    made = subprocess.run(
        ["pulumi", "package", "get-schema", plugin],
        env=os.environ | {"PULUMI_SKIP_UPDATE_CHECK": "true"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert readable(json.loads(made.stdout)) == schema()
