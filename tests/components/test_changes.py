"""What a change of one setting touches: what it must, and neither the cluster nor a repository."""

import json
from collections.abc import Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from settings import Settings
from tests.components.setting_changes import (
    CHANGES,
    CLUSTER,
    DAEMON_SET,
    ELSEWHERE,
    REPOSITORY,
    Change,
)
from tests.support.program import KUBECONFIG, OIDC_PROVIDER, declare, variant
from tools.lab.deployment import Deployment, label
from tools.lab.immutable import immutable_inputs

MOVING = {"subnetIds", "privateNetwork"}
"""Changes that would move a cluster to another VPC, which EKS refuses."""

OWN_PREFIX = "xray-on-kubernetes:"
"""How types of the program's own components begin, which hold others and are nothing themselves."""


@dataclass(frozen=True)
class Effects:
    """What becomes of the resources that are not components of ours; by their labels."""

    touched: Set[str]
    made: Set[str]
    removed: Set[str]
    replaced: Set[str]


def effects(before: Deployment, after: Deployment) -> Effects:
    old, new = (
        {urn: one for urn, one in each.resources.items() if not one.type.startswith(OWN_PREFIX)}
        for each in (before, after)
    )
    both = old.keys() & new.keys()
    replaced = {urn for urn in both if immutable_inputs(old[urn]) != immutable_inputs(new[urn])}
    return Effects(
        touched={label(new[urn]) for urn in both if old[urn].inputs != new[urn].inputs},
        made={label(new[urn]) for urn in new.keys() - old.keys()},
        removed={label(old[urn]) for urn in old.keys() - new.keys()},
        replaced={label(new[urn]) for urn in replaced},
    )


def before(change: Change) -> Deployment:
    return declared(json.dumps(change.before))


def after(name: str) -> Deployment:
    change = CHANGES[name]
    return declared(json.dumps({**change.before, name.split(" ")[0]: change.value}))


@cache
def declared(settings: str) -> Deployment:
    return declare(**json.loads(settings))


def inputs_of(deployment: Deployment, name: str) -> dict[str, Any]:
    """Returns the inputs of the one resource with a label."""
    (found,) = [each for each in deployment.resources.values() if label(each) == name]
    return dict(found.inputs)


def test_every_setting_is_changed() -> None:
    tried = {*ELSEWHERE, *(name.split(" ")[0] for name in CHANGES)}
    assert tried == {field.alias for field in Settings.model_fields.values()}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_touches_what_it_must_and_nothing_else(name: str) -> None:
    change = CHANGES[name]
    expected = Effects(change.touched, change.made, change.removed, change.replaced)
    assert effects(before(change), after(name)) == expected


def test_the_same_settings_touch_nothing() -> None:
    assert effects(variant("dev"), declare()) == Effects(set(), set(), set(), set())


def test_neither_the_cluster_nor_a_repository_is_replaced() -> None:
    lost = {name for name, each in CHANGES.items() if {CLUSTER, REPOSITORY} & each.removed}
    replaced = {name for name, each in CHANGES.items() if {CLUSTER, REPOSITORY} & each.replaced}
    assert lost == set()
    assert replaced == {"repositoryName"}


def test_only_another_namespace_replaces_kubernetes_objects() -> None:
    replacing = {
        name
        for name, change in CHANGES.items()
        if any(each.startswith("kubernetes:") for each in change.replaced)
    }
    assert replacing == {"namespace"}


@pytest.mark.parametrize(
    "name", [name for name, each in CHANGES.items() if CLUSTER in each.touched]
)
def test_nothing_else_would_move_the_cluster(name: str) -> None:
    old, new = (inputs_of(each, CLUSTER) for each in (variant("dev"), after(name)))
    moved = any(old.get(key) != new.get(key) for key in ("vpcId", "privateSubnetIds"))
    assert moved == (name in MOVING)


@pytest.mark.parametrize("name", ["transactionSearch", "indexingPercent"])
def test_transaction_search_replaces_no_pod(name: str) -> None:
    old, new = (inputs_of(each, DAEMON_SET) for each in (variant("dev"), after(name)))
    assert old["spec"] == new["spec"]


KOPS = {"kubeconfig": KUBECONFIG}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"credentials": "node-role"}, {"credentials": "pod-identity"}),
        ({"credentials": "irsa"}, {"credentials": "pod-identity"}),
        ({"clusterName": "shop"}, {"clusterName": "shop", "credentials": "irsa"}),
        (
            {**KOPS, "credentials": "node-role", "nodeRoleName": "nodes"},
            {**KOPS, "credentials": "irsa", **OIDC_PROVIDER},
        ),
    ],
)
def test_other_credentials_replace_the_daemon_pods(
    old: dict[str, Any], new: dict[str, Any]
) -> None:
    (one,), (other,) = (declare(**each).objects("DaemonSet") for each in (old, new))
    assert one["spec"]["template"] != other["spec"]["template"]
    assert one["spec"]["selector"] == other["spec"]["selector"]
