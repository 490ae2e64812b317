"""An existing cluster is used as it is, or refused in a preview, with a sentence."""

import json
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest

from components.cluster.kubeconfig import cluster_name_in, kubeconfig_for
from tests.support.program import (
    KUBECONFIG,
    VARIANTS,
    configured,
    declare,
    kind_of,
    only,
    run,
    run_source,
    settings_of,
    variant,
)
from tools.lab.errors import NothingFoundError
from tools.lab.fake_provider import FakeProvider

SHOP: Final[dict[str, Any]] = {"name": "shop", **FakeProvider("eu-west-1").cluster("shop")}
IRSA: Final = {"credentialSource": "irsa"}
ENDPOINTS: Final = {"vpcEndpoints": ["eks-auth"]}
NODE_ROLE: Final = {"credentialSource": "node-role", "nodeRoleName": "nodes"}
STATUS: Final = "clusterName is 'shop', whose status is {}; it must be the name of a cluster that"
AGENT: Final = "credentialSource is pod-identity; cluster '{}' must have the EKS add-on eks-pod-id"
DENIED: Final = "api error AccessDeniedException: user/ci is not authorized to perform: this action"
ROLE: Final = {"roleArn": "arn:aws:iam::123456789012:role/deployer"}


@pytest.mark.parametrize(
    ("settings", "without", "sentence"),
    [
        ({}, "getCluster", "clusterName is 'shop'; it must be the name of an EKS cluster of this"),
        ({}, "getAddon", AGENT.format("shop")),
        # Auto Mode runs those of its nodes that are in no node group.
        ({"clusterName": "auto-mixed"}, "getAddon", AGENT.format("auto-mixed")),
        (ENDPOINTS, "getVpcEndpointService", "vpcEndpoints needs eks-auth, and AWS has no such"),
        (IRSA, "getOpenIdConnectProvider", "credentialSource is irsa; cluster 'shop' must have an"),
    ],
)
def test_cluster_without_what_is_needed_is_refused(
    settings: dict[str, Any], without: str, sentence: str
) -> None:
    with pytest.raises(pulumi.RunError, match=f"^{sentence}"):
        run(configured(**{"clusterName": "shop", **settings}), preview=True, without=[without])


@pytest.mark.parametrize(
    ("described", "settings", "sentence"),
    [
        ({"status": "CREATING"}, {}, STATUS.format("CREATING")),
        ({"certificateAuthorities": []}, {}, STATUS.format("ACTIVE")),
        ({"identities": []}, IRSA, "credentialSource is irsa; it must be pod-identity or node-ro"),
        ({"computeConfigs": [{"enabled": True}]}, NODE_ROLE, "credentialSource is node-role; it"),
        ({"kubernetesNetworkConfigs": [{"ipFamily": "ipv6"}]}, {}, "ipFamily is ipv4; it must be"),
    ],
)
def test_description_is_read_before_anything_is_made(
    described: dict[str, Any], settings: dict[str, Any], sentence: str
) -> None:
    answers = {"getCluster": lambda _: SHOP | described}
    with pytest.raises(pulumi.RunError, match=f"^{sentence}"):
        run(configured(clusterName="shop", **settings), preview=True, answers=answers)


def test_a_refused_call_is_not_taken_for_something_missing() -> None:
    def deny(_: Any) -> dict[str, Any]:
        raise NothingFoundError(f"getCluster returned an error: {DENIED}")

    said = f"^EKS cluster 'shop' could not be read. AWS says: {DENIED}"
    with pytest.raises(pulumi.RunError, match=said):
        run(configured(clusterName="shop"), preview=True, answers={"getCluster": deny})


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


def test_a_cluster_that_is_private_or_changing_is_taken() -> None:
    # Nor does it matter how it authenticates callers.
    described = {
        **{"status": "UPDATING", "identities": [], "kubernetesNetworkConfigs": []},
        "accessConfigs": [{"authenticationMode": "CONFIG_MAP"}],
        "vpcConfig": {**SHOP["vpcConfig"], "endpointPublicAccess": False},
    }
    run(configured(clusterName="shop"), answers={"getCluster": lambda _: SHOP | described})


@pytest.mark.parametrize("name", [each for each in VARIANTS if kind_of(each).cluster != "new"])
def test_existing_cluster_is_found_and_not_changed(name: str) -> None:
    deployment = variant(name)
    made = {resource.type for resource in deployment.resources.values() if resource.custom}
    assert not [each for each in made if each.startswith(("eks:", "aws:kms", "aws:ec2"))]
    assert not made & {
        *("aws:eks/cluster:Cluster", "aws:eks/addon:Addon"),
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    }
    cluster = settings_of(name).cluster_name
    host = f"{cluster}.eks." if cluster else "localhost"
    assert deployment.outputs["clusterName"] == (cluster or "kops.example.com")
    kubeconfig = json.loads(deployment.outputs["kubeconfig"])
    assert only(kubeconfig["clusters"])["cluster"]["server"].startswith(f"https://{host}")


def test_kubeconfig_names_the_cluster_of_its_context() -> None:
    assert cluster_name_in(KUBECONFIG) == "kops.example.com"
    for text in ("", "{}", "a: [", "- 1", KUBECONFIG.replace("operator", "x", 1)):
        with pytest.raises(ValueError, match="no kubeconfig"):
            cluster_name_in(text)


def test_kubeconfig_asks_the_aws_cli_for_a_token() -> None:
    arn = "arn:aws-cn:eks:cn-north-1:123456789012:cluster/shop"
    config = json.loads(kubeconfig_for("shop", arn, "https://shop.example.com", "Y2VydA=="))
    context, cluster, user = (only(config[each]) for each in ("contexts", "clusters", "users"))
    assert config["current-context"] == context["name"]
    assert context["context"] == {"cluster": cluster["name"], "user": user["name"]}
    assert cluster["cluster"] == {
        "server": "https://shop.example.com",
        "certificate-authority-data": "Y2VydA==",
    }
    assert user["user"]["exec"] == {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": [
            *("--region", "cn-north-1", "eks", "get-token", "--cluster-name", "shop"),
            *("--output", "json"),
        ],
    }


def test_token_is_that_of_the_aws_provider() -> None:
    settings: dict[str, Any] = {"aws:profile": "a", "aws:assumeRoles": [ROLE]}
    user = only(json.loads(declare(**settings).outputs["kubeconfig"])["users"])["user"]
    assert user["exec"]["args"][-4:] == ["--profile", "a", "--role-arn", ROLE["roleArn"]]


@pytest.mark.parametrize("roles", [[ROLE, ROLE], [{**ROLE, "externalId": "x"}]])
def test_roles_that_the_aws_cli_can_not_assume_are_refused(roles: Any) -> None:
    with pytest.raises(pulumi.RunError, match="aws:assumeRoles is a chain, or has an externalId;"):
        declare(**{"aws:assumeRoles": roles}, clusterName="shop")


def test_another_provider_is_not_taken_for_the_default_one(tmp_path: Path) -> None:
    source = """
import pulumi, pulumi_aws, xray_on_kubernetes as xray
pulumi.runtime.set_config("aws:profile", "team")
opts = pulumi.ResourceOptions(provider=pulumi_aws.Provider("theirs"))
pulumi.export("theirs", xray.Cluster("theirs", {"cluster_name": "shop"}, opts).kubeconfig)
"""
    assert "--profile" not in run_source(source, tmp_path).outputs["theirs"]
