"""An existing cluster is used as it is, or refused in a preview, with a sentence."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import pulumi
import pytest
from botocore.session import Session

from components.cluster.kubeconfig import cluster_name_in, kubeconfig_for
from tests.support.program import (
    KUBECONFIG,
    VARIANTS,
    configured,
    kind_of,
    only,
    run,
    run_source,
    settings_of,
    variant,
)
from tools.lab.errors import NothingFoundError
from tools.lab.fake_provider import FakeProvider

SHOP: Final = FakeProvider("eu-west-1").cluster("shop")
ON_NODES: Final = {"credentialSource": "node-role", "nodeRoleName": "nodes"}
MODEL: Final[Any] = Session().get_service_model("eks")
NOT_READY: Final = set(MODEL.shape_for("ClusterStatus").enum) - {"ACTIVE", "UPDATING"}
UNKNOWN_SERVER: Final = (
    "clusterName is 'shop', whose API server EKS doesn't know; a cluster that is only registered "
    "there must be given by kubeconfig."
)
DENIED: Final = (
    "operation error EKS: https response error StatusCode: 403, api error AccessDeniedException: "
    "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: this action"
)
EXISTING: Final = [name for name in VARIANTS if kind_of(name).cluster != "new"]

REFUSALS: Final[list[tuple[dict[str, Any], list[str], str]]] = [
    (
        {},
        ["getCluster"],
        "clusterName is 'shop'; it must be the name of an EKS cluster of this account and region.",
    ),
    (
        {},
        ["getAddon"],
        "credentialSource is pod-identity; cluster 'shop' must have the EKS add-on "
        "eks-pod-identity-agent for that (aws eks create-addon --cluster-name shop --addon-name "
        "eks-pod-identity-agent), or checkPodIdentityAgent must be false where the agent came "
        "another way.",
    ),
    (
        {"credentialSource": "irsa"},
        ["getOpenIdConnectProvider"],
        "credentialSource is irsa; cluster 'shop' must have an IAM OIDC provider for that (eksctl "
        "utils associate-iam-oidc-provider --cluster shop --approve).",
    ),
    (
        ON_NODES,
        ["getRole"],
        "nodeRoleName is 'nodes'; it must be the name of an IAM role of this account.",
    ),
    (
        {"kubeconfig": KUBECONFIG, "clusterName": None, **ON_NODES},
        ["getRole"],
        "nodeRoleName is 'nodes'; it must be the name of an IAM role of this account.",
    ),
    (
        {"clusterName": "auto", **ON_NODES},
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
        assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("described", "settings", "sentence"),
    [
        (
            {"status": status},
            {},
            f"clusterName is 'shop', whose status is {status}; it must be the name of a cluster "
            "that is ACTIVE or UPDATING.",
        )
        for status in sorted(NOT_READY)
    ]
    + [
        ({"certificateAuthorities": []}, {}, UNKNOWN_SERVER),
        ({"endpoint": ""}, {}, UNKNOWN_SERVER),
        (
            {"identities": []},
            {"credentialSource": "irsa"},
            "credentialSource is irsa; it must be pod-identity or node-role on cluster 'shop', "
            "which has no OIDC issuer.",
        ),
        (
            {"kubernetesNetworkConfigs": [{"ipFamily": "ipv6"}]},
            {},
            "ipFamily is \"ipv4\"; it must be ipv6 on cluster 'shop'.",
        ),
        (
            {},
            {"ipFamily": "dual-stack"},
            "ipFamily is \"dual-stack\"; it must be ipv4 on cluster 'shop'.",
        ),
        (
            {"version": "1.33"},
            {"trafficDistribution": "prefer-node"},
            "trafficDistribution is \"prefer-node\"; it must be node on cluster 'shop', whose "
            "Kubernetes 1.33 lacks it.",
        ),
        # What is right: any way to authenticate, and a private endpoint.
        ({"status": "UPDATING", "accessConfigs": [{"authenticationMode": "CONFIG_MAP"}]}, {}, ""),
        ({"vpcConfig": {**SHOP["vpcConfig"], "endpointPublicAccess": False}}, {}, ""),
        ({"version": "1.34"}, {"trafficDistribution": "prefer-node"}, ""),
        ({"identities": [], "kubernetesNetworkConfigs": []}, {}, ""),
    ],
)
def test_description_is_read_before_anything_is_made(
    described: dict[str, Any], settings: dict[str, Any], sentence: str
) -> None:
    def describe(_: Any) -> dict[str, Any]:
        return {"name": "shop", **SHOP, **described}

    project, refused = configured(clusterName="shop", **settings), ""
    try:
        run(project, preview=True, answers={"getCluster": describe})
    except pulumi.RunError as error:
        refused = str(error)
    assert refused == sentence


@pytest.mark.parametrize(
    ("function", "settings", "what"),
    [
        ("getCluster", {}, "EKS cluster 'shop'"),
        ("getAddon", {}, "The EKS add-on eks-pod-identity-agent of cluster 'shop'"),
        ("getRole", ON_NODES, "The IAM role nodes"),
        (
            "getOpenIdConnectProvider",
            {"credentialSource": "irsa"},
            "The IAM OIDC provider of cluster 'shop'",
        ),
    ],
)
def test_a_refused_call_is_not_taken_for_something_missing(
    function: str, settings: dict[str, Any], what: str
) -> None:
    def deny(_: Any) -> dict[str, Any]:
        raise NothingFoundError(f"{function} returned an error: {DENIED}")

    with pytest.raises(pulumi.RunError) as refused:
        run(configured(clusterName="shop", **settings), preview=True, answers={function: deny})
    assert str(refused.value).startswith(f"{what} could not be read. AWS says: {DENIED}")


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
        "args": [
            *("--region", "cn-north-1", "eks", "get-token", "--cluster-name", "shop"),
            *("--output", "json"),
        ],
    }


@pytest.mark.parametrize("name", ["dev", "existing", "guarded"])
def test_objects_that_exist_are_never_taken_over(name: str) -> None:
    provider = only(variant(name).of_type("pulumi:providers:kubernetes"))
    assert provider.inputs["upsertExistingObjects"] == "false"


ROLE: Final = "arn:aws:iam::123456789012:role/deployer"


@pytest.mark.parametrize("cluster", [{"clusterName": "shop"}, {}])
@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, []),
        ({"aws:profile": "team"}, ["--profile", "team"]),
        ({"aws:assumeRoles": [{"roleArn": ROLE}]}, ["--role-arn", ROLE]),
        (
            {"aws:profile": "team", "aws:assumeRoles": [{"roleArn": ROLE, "sessionName": "a"}]},
            ["--profile", "team", "--role-arn", ROLE],
        ),
    ],
)
def test_token_is_that_of_the_aws_provider(
    cluster: dict[str, str], settings: dict[str, Any], options: list[str]
) -> None:
    def arguments(**more: Any) -> list[str]:
        kubeconfig = run(configured(**cluster, **more)).outputs["kubeconfig"]
        return only(json.loads(kubeconfig)["users"])["user"]["exec"]["args"]

    assert arguments(**settings) == arguments() + options


@pytest.mark.parametrize(
    "roles", [[{"roleArn": ROLE}, {"roleArn": ROLE}], [{"roleArn": ROLE, "externalId": "x"}]]
)
def test_roles_that_the_aws_cli_can_not_assume_are_refused(roles: list[dict[str, str]]) -> None:
    with pytest.raises(pulumi.RunError, match="aws:assumeRoles is a chain, or has an externalId;"):
        run(configured("dev", **{"aws:assumeRoles": roles, "clusterName": "shop"}))


def test_another_provider_is_not_taken_for_the_default_one(tmp_path: Path) -> None:
    source = """
import pulumi, pulumi_aws, xray_on_kubernetes as xray
pulumi.runtime.set_config("aws:profile", "team")
for name, provider in (("theirs", pulumi_aws.Provider("theirs")), ("ours", None)):
    opts = pulumi.ResourceOptions(provider=provider)
    pulumi.export(name, xray.Cluster(name, {"cluster_name": "shop"}, opts).kubeconfig)
"""
    outputs = run_source(source, tmp_path).outputs
    assert ["--profile" in outputs[each] for each in ("theirs", "ours")] == [False, True]
