"""An existing cluster is used as it is, or refused in a preview, with a sentence."""

import base64
import json
from typing import Any, Final

import pulumi
import pytest

from components.cluster.kubeconfig import cluster_name_in, kubeconfig_for
from tests.support.program import KUBECONFIG, VARIANTS, configured, kind_of, only, run, variant

EXISTING: Final = [name for name in VARIANTS if kind_of(name).cluster != "new"]

REFUSALS: Final[list[tuple[dict[str, Any], list[str], str]]] = [
    (
        {},
        ["getCluster"],
        "clusterName is 'shop'; it must be the name of an EKS cluster of this account and region. "
        "AWS says: ",
    ),
    (
        {},
        ["getAddon"],
        "credentialSource is pod-identity; cluster 'shop' must have the EKS add-on "
        "eks-pod-identity-agent for that (aws eks create-addon --cluster-name shop --addon-name "
        "eks-pod-identity-agent), or checkPodIdentityAgent must be false where the agent came "
        "another way. AWS says: ",
    ),
    (
        {"credentialSource": "irsa"},
        ["getOpenIdConnectProvider"],
        "credentialSource is irsa; cluster 'shop' must have an IAM OIDC provider for that (eksctl "
        "utils associate-iam-oidc-provider --cluster shop --approve). AWS says: ",
    ),
    (
        {"clusterName": "auto", "credentialSource": "node-role", "nodeRoleName": "nodes"},
        [],
        "credentialSource is node-role; it must be pod-identity or irsa on cluster 'auto', since "
        "nodes of EKS Auto Mode lend their role to no pod.",
    ),
]


@pytest.mark.parametrize(("settings", "without", "sentence"), REFUSALS)
def test_cluster_without_what_is_needed_is_refused(
    settings: dict[str, Any], without: list[str], sentence: str
) -> None:
    project = configured(**{"clusterName": "shop", **settings})
    for preview in (True, False):
        with pytest.raises(pulumi.RunError) as refused:
            run(project, preview=preview, without=without)
        assert str(refused.value).startswith(sentence)
        assert len(str(refused.value).splitlines()) == 1


# Auto Mode runs the nodes of "auto", and of "auto-mixed" those that are in no node group.
MIXED: Final[dict[str, Any]] = {"clusterName": "auto-mixed"}


def test_node_groups_beside_auto_mode_need_the_agent_and_lend_their_role(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(pulumi.RunError, match="'auto-mixed' must have the EKS add-on"):
        run(configured(**MIXED), without=["getAddon"])
    on_role = configured(**MIXED, credentialSource="node-role", nodeRoleName="nodes")
    assert run(on_role).objects("DaemonSet")
    assert "nodeSelector must keep the agent on the others" in caplog.text


@pytest.mark.parametrize(
    ("settings", "without"),
    [
        ({"clusterName": "auto"}, ["getAddon", "getOpenIdConnectProvider"]),
        ({"clusterName": "shop", "checkPodIdentityAgent": False}, ["getAddon"]),
        ({"clusterName": "shop", "credentialSource": "irsa"}, ["getAddon"]),
    ],
)
def test_what_is_not_needed_is_not_asked_for(settings: dict[str, Any], without: list[str]) -> None:
    assert run(configured(**settings), without=without).objects("DaemonSet")


@pytest.mark.parametrize("name", EXISTING)
def test_existing_cluster_is_found_and_not_changed(name: str) -> None:
    deployment = variant(name)
    made = {resource.type for resource in deployment.resources.values() if resource.custom}
    assert not [each for each in made if each.startswith(("eks:", "aws:kms", "aws:ec2"))]
    assert not made & {
        *("aws:eks/cluster:Cluster", "aws:eks/addon:Addon"),
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    }
    kops = kind_of(name).cluster == "kops"
    cluster, host = ("kops.example.com", "localhost") if kops else ("shop", "shop.eks.")
    assert deployment.outputs["clusterName"] == cluster
    kubeconfig = json.loads(deployment.outputs["kubeconfig"])
    assert only(kubeconfig["clusters"])["cluster"]["server"].startswith(f"https://{host}")


def test_kubeconfig_names_the_cluster_of_its_context() -> None:
    assert cluster_name_in(KUBECONFIG) == "kops.example.com"
    for text in ("", "{}", "a: [", "- 1", KUBECONFIG.replace("operator", "x", 1)):
        with pytest.raises(ValueError, match="no kubeconfig"):
            cluster_name_in(text)


def test_kubeconfig_asks_the_aws_cli_for_a_token() -> None:
    arn, certificate = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/shop", b"certificate"
    encoded = base64.b64encode(certificate).decode()
    config = json.loads(kubeconfig_for("shop", arn, "https://shop.example.com", encoded))
    context, cluster, user = (only(config[each]) for each in ("contexts", "clusters", "users"))
    assert config["current-context"] == context["name"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert cluster["cluster"] == {
        "server": "https://shop.example.com",
        "certificate-authority-data": encoded,
    }
    assert user["user"]["exec"] == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": ["--region", "cn-north-1", "eks", "get-token", "--cluster-name", "shop"],
    }


@pytest.mark.parametrize("name", ["dev", "existing", "guarded"])
def test_objects_that_exist_are_never_taken_over(name: str) -> None:
    provider = only(variant(name).of_type("pulumi:providers:kubernetes"))
    assert provider.inputs["upsertExistingObjects"] == "false"
