"""What docs/platforms.md says to set can be set."""

import re

import yaml

from tests.settings.row import REGION, read
from tests.support.program import ROOT


def test_every_example_can_be_set() -> None:
    text = (ROOT / "docs/platforms.md").read_text(encoding="utf-8")
    examples = re.findall(r"`([a-z]+[a-zA-Z]*: [^`]+)`", text)
    assert len(examples) >= 8
    for example in examples:
        read({**REGION, "clusterName": "shop", **yaml.safe_load(example)})
