import re
from pathlib import Path

import boto3
import pytest
import yaml

from tests.settings.row import read
from tests.snapshots.reference import FILES
from tests.support.program import ROOT
from tests.support.readme import block


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_reference_is_what_make_rendered_writes(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == FILES[file]()


def test_the_example_of_a_stack_is_right() -> None:
    example = block("yaml", "config:", (ROOT / "docs/configuration.md").read_text("utf-8"))
    config = yaml.safe_load(example)["config"]
    settings = read({key.removeprefix("xray-on-kubernetes:"): config[key] for key in config})
    assert settings.sampling_rules[0]["name"] == "everything"


def test_the_rights_to_look_at_traces_are_those_of_the_calls() -> None:
    text = "".join(each.read_text("utf-8") for each in ROOT.glob("tools/[tv]*/*.py"))
    calls = boto3.client("xray", region_name="eu-west-1").meta.method_to_api_mapping
    made = {f"xray:{name}" for call, name in calls.items() if re.search(rf"\b{call}\b", text)}
    assert made == set(re.findall("`(xray:.+?)`", (ROOT / "docs/deploy.md").read_text("utf-8")))
