"""A stack that an earlier release made goes on with this one: nothing is replaced, nothing lost."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from components.version import VERSION
from tests.snapshots.recorded.__main__ import FOLDER, STACKS, Recorded, made_by, recorded
from tests.support.immutable import NEW_FOR_NEW_CONTENTS
from tests.support.program import variant

RELEASES: Final = sorted(path.stem for path in FOLDER.glob("*.json"))

NAMELESS: Final = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:eks/cluster:Cluster",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "docker-build:index:Index",
    "docker:index/image:Image",
}
"""Types whose resources have no immutable input here: Pulumi or pulumi-eks names them, and an image
is known by its contents."""


def replaced(before: Recorded, after: Recorded) -> dict[str, set[str]]:
    """Returns the resources that have another value of an immutable input, with those inputs."""
    differing = {
        urn: {name for name in {*inputs, *after[urn]} if inputs.get(name) != after[urn].get(name)}
        for urn, inputs in before.items()
        if urn in after
    }
    return {urn: names for urn, names in differing.items() if names}


def test_this_release_is_recorded() -> None:
    assert VERSION in RELEASES, "run `make recorded` once, when the version is a new one."


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("release", RELEASES)
def test_nothing_is_replaced_that_a_release_made(release: str, stack: str) -> None:
    assert replaced(recorded(release)[stack], made_by(stack)) == {}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("release", RELEASES)
def test_nothing_is_lost_that_a_release_made(release: str, stack: str) -> None:
    assert recorded(release)[stack].keys() - made_by(stack).keys() == set()


@pytest.mark.parametrize(
    ("resource", "name", "value"),
    [
        ("WriteAccess$aws:iam/policy:Policy::", "description", "Another one"),
        ("TraceDaemon$kubernetes:apps/v1:DaemonSet::", "spec.selector", {"matchLabels": {}}),
        ("Cluster$eks:index:Cluster::", "encryptionConfigKeyArn", None),
        ("pulumi:providers:kubernetes::", "clusterIdentifier", "another"),
    ],
)
def test_a_replacement_would_be_seen(resource: str, name: str, value: Any) -> None:
    before = made_by("dev")
    (urn,) = [each for each in before if resource in each]
    assert replaced({**before, urn: {**before[urn], name: value}}, before) == {urn: {name}}


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_is_known_by_something_that_stays(stack: str) -> None:
    made: Mapping[str, Any] = made_by(stack)
    types = {urn: variant(stack).resources[urn].type for urn in made}
    unknown = {types[urn] for urn, inputs in made.items() if not inputs}
    assert unknown <= NAMELESS | NEW_FOR_NEW_CONTENTS
