"""A stack that an earlier release made goes on with this one: nothing is replaced, nothing lost."""

from typing import Final

import pytest

from components.version import VERSION
from tests.snapshots.recorded.__main__ import FOLDER, STACKS, Recorded, made_by, recorded

RELEASES: Final = sorted(path.stem for path in FOLDER.glob("*.json"))

RENAMED: Final = {
    "urn:pulumi:collector::xray-on-kubernetes::xray-on-kubernetes:index:Sampling"
    "$aws:xray/samplingRule:SamplingRule::sampling-sample-services"
}
"""By a stack file: X-Ray takes the name once in a region, and the stack `dev` has it."""


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
def test_nothing_is_replaced_or_lost_that_a_release_made(release: str, stack: str) -> None:
    made, now = recorded(release)[stack], made_by(stack)
    assert replaced(made, now) == {}
    assert made.keys() - now.keys() - RENAMED == set()
