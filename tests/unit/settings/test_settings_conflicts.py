from typing import Any, Final

import pytest

from settings import SettingsError, read_settings
from tests.unit.settings.configurations import REGION_KEY, Values, texts

RULE_A: Final[Values] = {"name": "a", "priority": 1, "fixedRate": 0.5}
RULE_B: Final[Values] = {"name": "b", "priority": 2, "fixedRate": 0.5}
GROUP: Final[Values] = {"name": "a", "filterExpression": "fault"}

CONFLICTS: Final[list[tuple[Values, str]]] = [
    (
        {"clusterName": "shop", "credentials": "node-role"},
        "nodeRoleName is not set; it must be the name of the nodes' IAM role where clusterName is "
        "set and credentials is node-role.",
    ),
    (
        {"nodeRoleName": "nodes", "credentials": "node-role"},
        'nodeRoleName is "nodes"; it must be left out unless clusterName is set and credentials '
        "is node-role.",
    ),
    (
        {"nodeRoleName": "nodes", "clusterName": "shop"},
        'nodeRoleName is "nodes"; it must be left out unless clusterName is set and credentials '
        "is node-role.",
    ),
    (
        {"clusterName": "shop", "kubernetesVersion": "1.34"},
        'kubernetesVersion is "1.34"; it must be left out where clusterName is set, since an '
        "adopted cluster is not changed.",
    ),
    (
        {"daemonVersion": "3.6.0"},
        'daemonVersion is "3.6.0"; it must be 3.6.1 or newer where credentials is pod-identity, '
        "which older daemons don't know.",
    ),
    (
        {"imageSource": "public", "sampleServices": False, "repositoryName": "xray"},
        'repositoryName is "xray"; it must be left out where imageSource is public, which makes '
        "no repository.",
    ),
    (
        {"imageSource": "public"},
        "sampleImage is not set; it must be the reference of an image where imageSource is "
        "public, which builds none, or sampleServices must be false.",
    ),
    (
        {"samplingRules": [RULE_A, RULE_B, {**RULE_B, "priority": 3}]},
        'samplingRules[2].name is "b"; it must differ from samplingRules[1].name, which has that '
        "already.",
    ),
    (
        {"samplingRules": [RULE_A, {**RULE_B, "priority": 1}]},
        "samplingRules[1].priority is 1; it must differ from samplingRules[0].priority, which has "
        "that already.",
    ),
    (
        {"traceGroups": [GROUP, GROUP]},
        'traceGroups[1].name is "a"; it must differ from traceGroups[0].name, which has that '
        "already.",
    ),
]

AGREEMENTS: Final[list[Values]] = [
    {"clusterName": "shop", "credentials": "node-role", "nodeRoleName": "nodes"},
    {"clusterName": "shop"},
    {"kubernetesVersion": "1.34"},
    {"daemonVersion": "3.6.1"},
    {"daemonVersion": "3.10.0"},
    {"daemonVersion": "3.3.15", "credentials": "node-role"},
    {"imageSource": "public", "sampleServices": False},
    {"imageSource": "public", "sampleImage": "sample:1"},
    {"repositoryName": "xray"},
    {"samplingRules": [RULE_A, RULE_B], "traceGroups": [GROUP]},
]


def problems_of(values: Values) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read_settings(texts({REGION_KEY: "eu-west-1", **values}))
    return [problem.sentence for problem in refused.value.problems]


@pytest.mark.parametrize(("values", "sentence"), CONFLICTS)
def test_settings_that_are_wrong_together_are_refused(values: Values, sentence: str) -> None:
    assert problems_of(values) == [sentence]


@pytest.mark.parametrize("values", AGREEMENTS)
def test_settings_that_go_together_are_taken(values: Values) -> None:
    read_settings(texts({REGION_KEY: "eu-west-1", **values}))


def test_a_conflict_is_told_together_with_what_is_wrong_alone() -> None:
    problems = problems_of({"nodeCount": 0, "daemonVersion": "3.6.0"})
    assert [problem.split()[0] for problem in problems] == ["nodeCount", "daemonVersion"]


@pytest.mark.parametrize(
    ("wrong", "rest"),
    [
        ({"credentials": "all"}, {"daemonVersion": "3.3.15", "nodeRoleName": "nodes"}),
        ({"clusterName": " "}, {"credentials": "node-role", "kubernetesVersion": "1.34"}),
        ({"imageSource": "hub"}, {"repositoryName": "xray"}),
        ({"samplingRules": [RULE_A, RULE_A, {}]}, {}),
    ],
)
def test_a_setting_is_not_in_conflict_with_a_wrong_one(wrong: dict[str, Any], rest: Values) -> None:
    (key,) = wrong
    assert all(problem.startswith(key) for problem in problems_of({**wrong, **rest}))
