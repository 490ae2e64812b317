"""An existing cluster is used as it is, or refused in a preview, with a sentence."""

import json
from typing import Any, Final

import pulumi
import pytest

from tests.support.program import VARIANTS, configured, kind_of, only, run, settings_of, variant
from tools.lab.errors import NothingFoundError
from tools.lab.fake_provider import FakeProvider

SHOP: Final = FakeProvider("eu-west-1").cluster("shop")
IRSA: Final = {"credentialSource": "irsa"}
STATUS: Final = (
    "clusterName is 'shop', whose status is {}; it must be the name of a cluster that EKS runs and "
    "that is ACTIVE or UPDATING."
)
NO_AGENT: Final = (
    "credentialSource is pod-identity; cluster 'shop' must have the EKS add-on "
    "eks-pod-identity-agent for that (aws eks create-addon --cluster-name shop --addon-name "
    "eks-pod-identity-agent), or checkPodIdentityAgent must be false where the agent came another "
    "way."
)
DENIED: Final = "api error AccessDeniedException: user/ci is not authorized to perform: this action"


@pytest.mark.parametrize(
    ("settings", "without", "sentence"),
    [
        (
            {},
            "getCluster",
            "clusterName is 'shop'; it must be the name of an EKS cluster of this account and "
            "region.",
        ),
        ({}, "getAddon", NO_AGENT),
        # Auto Mode runs those of its nodes that are in no node group.
        ({"clusterName": "auto-mixed"}, "getAddon", NO_AGENT.replace("shop", "auto-mixed")),
        (
            IRSA,
            "getOpenIdConnectProvider",
            "credentialSource is irsa; cluster 'shop' must have an IAM OIDC provider for that "
            "(eksctl utils associate-iam-oidc-provider --cluster shop --approve).",
        ),
    ],
)
def test_cluster_without_what_is_needed_is_refused(
    settings: dict[str, Any], without: str, sentence: str
) -> None:
    project = configured(**{"clusterName": "shop", **settings})
    for preview in (True, False):
        with pytest.raises(pulumi.RunError) as error:
            run(project, preview=preview, without=[without])
        assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("described", "settings", "sentence"),
    [
        *(
            ({"status": each}, {}, STATUS.format(each))
            for each in ("CREATING", "PENDING", "DELETING", "FAILED")
        ),
        ({"certificateAuthorities": []}, {}, STATUS.format("ACTIVE")),
        (
            {"identities": []},
            IRSA,
            "credentialSource is irsa; it must be pod-identity or node-role on cluster 'shop', "
            "which has no OIDC issuer.",
        ),
        (
            {"computeConfigs": [{"enabled": True}]},
            {"credentialSource": "node-role", "nodeRoleName": "nodes"},
            "credentialSource is node-role; it must be pod-identity or irsa on cluster 'shop', "
            "since nodes of EKS Auto Mode lend their role to no pod.",
        ),
        (
            {"kubernetesNetworkConfigs": [{"ipFamily": "ipv6"}]},
            {},
            "ipFamily is ipv4; it must be ipv6 on cluster 'shop'.",
        ),
        # What is right: any way to authenticate, and a private endpoint.
        ({"status": "UPDATING", "accessConfigs": [{"authenticationMode": "CONFIG_MAP"}]}, {}, ""),
        ({"vpcConfig": {**SHOP["vpcConfig"], "endpointPublicAccess": False}}, {}, ""),
        ({"identities": [], "kubernetesNetworkConfigs": []}, {}, ""),
    ],
)
def test_description_is_read_before_anything_is_made(
    described: dict[str, Any], settings: dict[str, Any], sentence: str
) -> None:
    def describe(_: Any) -> dict[str, Any]:
        return {"name": "shop", **SHOP, **described}

    project, said = configured(clusterName="shop", **settings), ""
    try:
        run(project, preview=True, answers={"getCluster": describe})
    except pulumi.RunError as error:
        said = str(error)
    assert said == sentence


@pytest.mark.parametrize(
    ("function", "settings", "what"),
    [
        ("getCluster", {"clusterName": "shop"}, "EKS cluster 'shop'"),
        ("getNodeGroups", {"clusterName": "auto"}, "The node groups of cluster 'auto'"),
        ("getAvailabilityZones", {"privateNetwork": True}, "The Availability Zones of the region"),
        ("getSubnets", {}, "The subnets of the default VPC"),
        ("getSubnet", {}, "Subnet 'subnet-0123456789abcde00'"),
        *(
            (function, {"clusterName": "shop", "vpcEndpoints": ["ecr"]}, what)
            for function, what in (
                ("getVpc", "VPC vpc-0123456789abcdef0"),
                ("getPrefixList", "The prefix list of S3"),
                ("getRouteTables", "The route tables of vpc-0123456789abcdef0"),
            )
        ),
    ],
)
def test_a_refused_call_is_not_taken_for_something_missing(
    function: str, settings: dict[str, Any], what: str
) -> None:
    def deny(_: Any) -> dict[str, Any]:
        raise NothingFoundError(f"{function} returned an error: {DENIED}")

    with pytest.raises(pulumi.RunError) as error:
        run(configured(**settings), preview=True, answers={function: deny})
    assert str(error.value).startswith(f"{what} could not be read. AWS says: {DENIED}")


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
