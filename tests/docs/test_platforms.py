"""What docs/platforms.md says to set can be set."""

import re

import yaml

from tests.settings.row import REGION, read
from tests.support.program import ROOT


def test_every_example_is_right() -> None:
    text = (ROOT / "docs/platforms.md").read_text(encoding="utf-8")
    examples = set(re.findall(r"`([a-z]+[a-zA-Z]*: [^`]+)`", text))
    assert "platform: {egressPorts: [80]}" in examples
    for example in examples:
        assert read({**REGION, "clusterName": "shop", **yaml.safe_load(example)}), example
