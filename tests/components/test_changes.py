"""What a change of one setting touches: what it must, and neither the cluster nor a repository."""

from typing import Any

import pytest

from settings import Settings
from tests.support.program import KUBECONFIG, declare, variant
from tools.bench.performance.one_setting import compare, effects_of, expected_of
from tools.bench.performance.setting_changes import CHANGES, ELSEWHERE
from tools.bench.performance.setting_changes.change import CLUSTER, DAEMON_SET, REPOSITORY
from tools.lab.deployment import Deployment, label

MOVING = {"subnetIds", "privateNetwork"}
"""Changes that would move a cluster to another VPC, which EKS refuses."""


def changed(name: str) -> Deployment:
    """Returns what the program declares after one of the changes."""
    return declare(**{**CHANGES[name].before, **CHANGES[name].settings})


def inputs_of(deployment: Deployment, name: str) -> dict[str, Any]:
    """Returns the inputs of the one resource with a label."""
    (found,) = [each for each in deployment.resources.values() if label(each) == name]
    return dict(found.inputs)


def test_every_setting_is_changed() -> None:
    tried = {*ELSEWHERE, *(name.split(" ")[0] for name in CHANGES)}
    assert tried == {field.alias for field in Settings.model_fields.values()}


@pytest.mark.parametrize("name", CHANGES)
def test_one_setting_is_changed_at_a_time(name: str) -> None:
    assert CHANGES[name].settings.keys() == {name.split(" ")[0]}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_touches_what_it_must_and_nothing_else(name: str) -> None:
    assert effects_of(CHANGES[name]) == expected_of(CHANGES[name])


def test_neither_the_cluster_nor_a_repository_is_replaced_by_surprise() -> None:
    lost = {name for name, each in CHANGES.items() if {CLUSTER, REPOSITORY} & each.removed}
    replaced = {name for name, each in CHANGES.items() if {CLUSTER, REPOSITORY} & each.replaced}
    assert lost == set()
    assert replaced == {"repositoryName"}


def test_no_object_of_kubernetes_is_replaced_but_by_another_namespace() -> None:
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
    before, after = inputs_of(variant("dev"), CLUSTER), inputs_of(changed(name), CLUSTER)
    moved = any(before.get(key) != after.get(key) for key in ("vpcId", "privateSubnetIds"))
    assert moved == (name in MOVING)


def test_what_is_replaced_is_touched() -> None:
    for name, change in CHANGES.items():
        assert change.replaced <= change.touched, name


def test_the_same_settings_touch_nothing() -> None:
    effects = compare(variant("dev"), declare())
    assert effects.all() == effects.replaced == set()


@pytest.mark.parametrize("name", ["transactionSearch", "indexingPercent"])
def test_transaction_search_replaces_no_pod(name: str) -> None:
    before, after = inputs_of(variant("dev"), DAEMON_SET), inputs_of(changed(name), DAEMON_SET)
    assert before["spec"] == after["spec"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"credentials": "node-role"}, {"credentials": "pod-identity"}),
        ({"credentials": "irsa"}, {"credentials": "pod-identity"}),
        ({"clusterName": "shop"}, {"clusterName": "shop", "credentials": "irsa"}),
        (
            {"kubeconfig": KUBECONFIG, "credentials": "node-role", "nodeRoleName": "nodes"},
            {
                "kubeconfig": KUBECONFIG,
                "credentials": "irsa",
                "oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/kops.example.com",
            },
        ),
    ],
)
def test_other_credentials_replace_the_daemon_s_pods(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    (old,), (new,) = (declare(**each).objects("DaemonSet") for each in (before, after))
    assert old["spec"]["template"] != new["spec"]["template"]
    assert old["spec"]["selector"] == new["spec"]["selector"]
