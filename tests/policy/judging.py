"""What the rules say of everything that a program declares."""

import json
from collections.abc import Mapping
from typing import Any

from policy.rules import RULES, Resource, resource_of_urn
from tests.support.program import ROOT
from tools.lab.deployment import Deployment

Configurations = Mapping[str, Mapping[str, Any]]
"""Settings of rules by the rule's name."""


def said(resource: Resource, *names: str, **settings: Any) -> list[str]:
    """Returns what some rules say of a resource, or all of them where none is named."""
    return [
        sentence
        for each in RULES
        if each.name in (names or [each.name])
        for sentence in each.violations(resource, settings)
    ]


def let_pass(rule: str, *resources: Resource) -> list[Resource]:
    """Returns those that a rule says nothing of."""
    return [each for each in resources if not said(each, rule)]


def configuration_file(name: str) -> Configurations:
    """Returns one of the configurations that come with the pack."""
    return json.loads((ROOT / f"policy/configuration/{name}.json").read_text(encoding="utf-8"))


def judged(
    deployment: Deployment, configurations: Configurations | None = None
) -> list[tuple[str, str]]:
    """Returns each rule that something breaks, and what it says."""
    return [
        (each.name, sentence)
        for made in deployment.resources.values()
        for each in RULES
        for sentence in each.violations(
            resource_of_urn(made.urn, made.inputs), (configurations or {}).get(each.name, {})
        )
    ]
