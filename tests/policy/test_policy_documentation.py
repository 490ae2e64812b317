"""What docs/policy-pack.md says of the policy pack is what the pack has."""

import json
import re
from typing import Final

from policy.rules import RULES
from tests.policy.judging import configuration_file
from tests.support.program import ROOT

PAGE: Final = (ROOT / "docs/policy-pack.md").read_text(encoding="utf-8")


def test_every_rule_and_every_setting_is_in_its_table() -> None:
    rows = [row for row in PAGE.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row.split("|")[1])}
    settings = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[3])}
    assert named == {rule.name for rule in RULES}
    assert settings == {name for rule in RULES for name in rule.settings}


def test_the_documented_configurations_are_understood() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    settings = {rule.name: {*rule.settings, "enforcementLevel"} for rule in RULES}
    for configuration in (json.loads(block), configuration_file("article")):
        for name, configured in configuration.items():
            assert name == "all" or configured.keys() <= settings[name]
