"""Every setting: what it takes, what it refuses, and what it reaches."""

from typing import Any, Final

import pytest

from components.inputs import Inputs
from settings import SettingsError
from settings.inputs import SETTINGS, key_of
from settings.problems import shown
from tests.settings.row import Row, change, read
from tests.settings.table import ROWS

SECRET: Final = ("kubeconfig", "proxyUrl")
BY_KEY: Final = {row.key: row for row in ROWS}

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)


def _keys(inputs: Inputs[Any], path: str = "") -> list[str]:
    """Returns the keys of inputs, and of the parts of those that are objects."""
    keys: list[str] = []
    for name in inputs.kind.__annotations__:
        key = f"{path}{key_of(name)}"
        constraint = inputs.constraints.get(name)
        keys.append(key)
        if constraint and constraint.inside:
            suffix = "." if key in ("platform", "tailSampling") else "[0]."
            keys += _keys(constraint.inside, f"{key}{suffix}")
    return keys


def test_every_setting_and_every_part_of_one_has_a_row() -> None:
    assert sorted(BY_KEY) == sorted(_keys(SETTINGS))
    assert len(BY_KEY) == len(ROWS)


@rows
def test_right_values_are_taken_as_they_are(row: Row) -> None:
    assert [value for value in row.right if not row.is_taken(value)] == []


@rows
def test_wrong_values_are_refused_with_what_would_be_right(row: Row) -> None:
    for value in row.wrong:
        with pytest.raises(SettingsError) as refused:
            read(row.configuration(value))
        (problem,) = refused.value.problems
        said = "wrong" if row.key in SECRET else shown(value)
        assert problem.path == row.key
        assert problem.sentence.startswith(f"{row.key} is {said}; it must be ")
        assert row.must_be in problem.sentence


@rows
def test_a_setting_reaches_its_resources_and_no_others(row: Row) -> None:
    before = row.configuration(*([] if row.before is None else [row.before]))
    effects, old, new = change(before, row.configuration(row.right[0]))
    assert row.reaches is None or effects == set(row.reaches.split())
    assert [each for each in row.shows if each in old or each not in new] == []


def test_only_a_name_replaces_the_cluster_or_the_repository() -> None:
    kept = {"!xray:Cluster", "-xray:Cluster", "!xray-daemon-repository", "-xray-daemon-repository"}
    lost = {row.key for row in ROWS if kept & set((row.reaches or "").split())}
    assert lost == {"repositoryName"}


def test_a_collector_beside_the_daemon_has_an_image_of_its_own() -> None:
    named = {"aws:region": "eu-west-1", "repositoryName": "team/xray"}
    effects, _, new = change(named, {**named, "agent": "both"})
    assert effects == {
        *("~xray-daemon-set", "~xray-network-policy", "~xray-service"),
        *("+xray-collector-configuration:ConfigMap", "+xray-daemon-collector-image:Index"),
        *("+xray-daemon-collector-lifecycle:LifecyclePolicy", "+xray-daemon-collector-repository"),
    }
    assert "aws-otel-collector:v" in new
    assert '"name": "team/xray-collector"' in new
