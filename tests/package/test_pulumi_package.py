import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.snapshots.schema import FILE, readable, schema, text
from tests.support.program import ROOT

FOLDER = ROOT / "package"


def test_the_kept_schema_is_up_to_date_and_describes_each_choice() -> None:
    assert FILE.read_text("utf-8") == text(), "run `make rendered` and look at the change."
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


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the package answers that an engine has started, in a directory of another program."""
    command = [sys.executable, str(FOLDER), "127.0.0.1:1"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


@pytest.mark.slow
def test_an_engine_is_served_the_schema_from_a_checkout_alone(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        asked: Any = provider_pb2.GetSchemaRequest(version=0)
        answered = provider_pb2_grpc.ResourceProviderStub(channel).GetSchema(asked)
    assert readable(json.loads(answered.schema)) == schema()
