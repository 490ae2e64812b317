"""A cluster that can't do what is asked fails in a preview, with a sentence."""

from typing import Any

import pulumi
import pytest

from components.cluster.kubeconfig import cluster_name_in
from tests.support.program import KUBECONFIG, configured, run

REFUSALS: list[tuple[dict[str, Any], list[str], str]] = [
    (
        {},
        ["getCluster"],
        "clusterName is 'shop'; it must be the name of an EKS cluster of this account and region. "
        "AWS says: ",
    ),
    (
        {},
        ["getAddon"],
        "credentials is pod-identity; cluster 'shop' must have EKS's add-on "
        "eks-pod-identity-agent for that (aws eks create-addon --cluster-name shop --addon-name "
        "eks-pod-identity-agent), or checkPodIdentityAgent must be false where the agent came "
        "another way. AWS says: ",
    ),
    (
        {"credentials": "irsa"},
        ["getOpenIdConnectProvider"],
        "credentials is irsa; cluster 'shop' must have an IAM OIDC provider for that (eksctl utils "
        "associate-iam-oidc-provider --cluster shop --approve). AWS says: ",
    ),
    (
        {"clusterName": "auto", "credentials": "node-role", "nodeRoleName": "nodes"},
        [],
        "credentials is node-role; it must be pod-identity or irsa on cluster 'auto', since nodes "
        "of EKS Auto Mode lend their role to no pod.",
    ),
]


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("settings", "without", "sentence"), REFUSALS)
def test_it_is_refused(
    preview: bool, settings: dict[str, Any], without: list[str], sentence: str
) -> None:
    project = configured(**{"clusterName": "shop", **settings})
    with pytest.raises(pulumi.RunError) as refused:
        run(project, preview=preview, without=without)
    assert str(refused.value).startswith(sentence)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("settings", "without"),
    [
        ({"clusterName": "auto"}, ["getAddon"]),
        ({"clusterName": "auto", "credentials": "irsa"}, ["getAddon"]),
        ({"clusterName": "shop", "checkPodIdentityAgent": False}, ["getAddon"]),
        ({"clusterName": "shop", "credentials": "irsa"}, ["getAddon"]),
        ({"clusterName": "shop"}, ["getOpenIdConnectProvider"]),
    ],
)
def test_what_is_not_needed_is_not_asked_for(settings: dict[str, Any], without: list[str]) -> None:
    assert run(configured(**settings), without=without).objects("DaemonSet")


def test_a_kubeconfig_names_the_cluster_of_its_current_context() -> None:
    assert cluster_name_in(KUBECONFIG) == "kops.example.com"


@pytest.mark.parametrize("text", ["", "{}", "a: [", "- 1", KUBECONFIG.replace("operator", "x", 1)])
def test_what_leads_to_no_cluster_is_no_kubeconfig(text: str) -> None:
    with pytest.raises(ValueError, match="no kubeconfig"):
        cluster_name_in(text)
