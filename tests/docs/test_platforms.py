"""What docs/platforms.md says to set can be set."""

import re
from typing import Final

import pytest
import yaml

from tests.settings.row import REGION, read
from tests.support.program import ROOT

TEXT: Final = (ROOT / "docs/platforms.md").read_text(encoding="utf-8")
EXAMPLES: Final = sorted(set(re.findall(r"`([a-z]+[a-zA-Z]*: [^`]+)`", TEXT)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_right(example: str) -> None:
    assert read({**REGION, "clusterName": "shop", **yaml.safe_load(example)})


def test_the_examples_are_found() -> None:
    assert {"platform: {egressPorts: [80]}", "platform: {networkPolicy: false}"} <= {*EXAMPLES}
