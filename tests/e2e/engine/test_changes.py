"""Settings changed in a stack that is up: the engine touches what the table of settings names."""

import json

import pytest

from tests.e2e.engine.stacks import MARKS, RunningStack
from tests.package.test_upgrade import RELEASES
from tests.settings.row import REGION, Row, Values, change
from tests.settings.table import ROWS
from tests.snapshots.recorded.__main__ import recorded

pytestmark = [*MARKS]

UNANSWERED = {"vpcEndpoints", "createNamespace"}
"""Settings with which the program reads what a stand-in doesn't know."""

IN_ONE_STACK = [row for row in ROWS if row.reaches is not None and row.key not in UNANSWERED]
"""All settings but the region, which makes another stack."""

OF_EKS = ("xray:Cluster", "xray-eksCluster:Cluster", ":ManagedNodeGroup")
"""Of pulumi-eks, whose stand-in has only a few of their children."""


def _base(row: Row) -> Values:
    return row.configuration(*([] if row.before is None else [row.before]))


def _in_order() -> list[Row]:
    """Returns the rows by what they change, so that one stack goes through all of them."""
    return sorted(IN_ONE_STACK, key=lambda row: (len(_base(row)), json.dumps(_base(row))))


def _touched(running: RunningStack, before: Values, after: Values) -> None:
    running.configure(**after)
    effects, _, _ = change(before, after)
    expected = {each.replace("!", "~") for each in effects if not each.endswith(OF_EKS)}
    touched = running.touched()
    assert touched - expected == set()
    # An output of a stand-in stays as it is, and so does what would follow it.
    assert {each for each in expected - touched if each[0] != "~"} == set()
    assert touched or not expected


@pytest.fixture(scope="module")
def now() -> list[Values]:
    """What the stack `dev` has been set to; the last is what it is set to now."""
    return [REGION]


@pytest.mark.parametrize("row", _in_order(), ids=lambda row: row.key)
def test_a_setting_reaches_its_resources_and_no_others(
    row: Row, dev: RunningStack, now: list[Values]
) -> None:
    """The setting before it goes back to its default at the same time."""
    for after in ([_base(row)] if row.before else []) + [row.configuration(row.right[0])]:
        before = now[-1]
        now.append(after)
        _touched(dev, before, after)


@pytest.mark.parametrize("release", RELEASES)
def test_what_a_release_made_is_still_there(release: str, dev: RunningStack) -> None:
    dev.configure()
    dev.stack.up()
    made = {each for each in recorded(release)["dev"] if "$eks:index:" not in each}
    assert made - dev.made().keys() == set()


def test_what_was_made_elsewhere_is_found_by_its_alias(dev: RunningStack) -> None:
    dev.configure(autoMode=True)
    dev.stack.up()
    exported, state = dev.stack.export_stack(), dev.state()
    (addon,) = [each for each in state["resources"] if each["urn"].endswith("::xray-coredns")]
    (cluster,) = [each for each in state["resources"] if each["type"] == "eks:index:Cluster"]
    # In release 0.1.0 pulumi-eks made it.
    types, _, _ = cluster["urn"].rpartition("::")
    older, newer = f"{types}${addon['type']}::xray-coredns", addon["urn"]
    addon["parent"] = cluster["urn"]
    exported.deployment = json.loads(json.dumps(state).replace(newer, older))
    dev.stack.import_stack(exported)
    assert dev.made().keys() >= {older}
    assert dev.touched() == set()
    assert dev.made().keys() >= {newer}
