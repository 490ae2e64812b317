"""Which pods get the IAM policy, and how: each credential source on each kind of cluster."""

import json
from typing import Any, Final

import pulumi
import pytest

from components import CredentialSource
from components.access.policies import irsa_trust_document, pod_identity_trust_document
from tests.support.agents import declared_with, pod_of
from tests.support.program import (
    ACCOUNT,
    VARIANTS,
    container_of,
    environment_of,
    kind_of,
    only,
    settings_of,
    variant,
    workloads,
)
from tools.lab.deployment import Deployment

OIDC_PROVIDERS: Final = {
    "new": f"arn:aws:iam::{ACCOUNT}:oidc-provider/xray-eksCluster.eks.eu-west-1.amazonaws.com/id",
    "existing": f"arn:aws:iam::{ACCOUNT}:oidc-provider/shop.eks.eu-west-1.amazonaws.com/id",
    "kops": f"arn:aws:iam::{ACCOUNT}:oidc-provider/kops.example.com",
}
ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/write-access-role"
EKS: Final = ("pods.eks.amazonaws.com", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
IRSA: Final = ("sts.amazonaws.com", "AWS_WEB_IDENTITY_TOKEN_FILE")
TOKENS: Final[dict[tuple[str, str], tuple[str, str, str]]] = {
    EKS: ("eks-pod-identity-token", "pods.eks.amazonaws.com", "eks-pod-identity-token"),
    IRSA: ("aws-iam-token", "eks.amazonaws.com", "token"),
}
"""The volume, folder and file that EKS itself adds, and leaves alone where a pod has them
(amazon-eks-pod-identity-webhook, main.go, pkg/handler/handler.go)."""

URI: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
ASSOCIATION: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

PAIRS: Final = {kind_of(name)[:2]: name for name in reversed([*VARIANTS])}.values()
"""A variant with each credential source on each kind of cluster."""

variants = pytest.mark.parametrize("name", [*PAIRS, "another-account", "ipv6"])


def trust_of_pod_role(deployment: Deployment) -> dict[str, Any]:
    roles = deployment.of_type("aws:iam/role:Role")
    role = only([each for each in roles if each.name == "write-access-role"])
    return json.loads(role.inputs["assumeRolePolicy"])


@variants
def test_policy_goes_to_one_holder(name: str) -> None:
    source, cluster, _ = kind_of(name)
    deployment = variant(name)
    policy = only(deployment.of_type("aws:iam/policy:Policy"))
    holders = [
        each.inputs["role"]
        for each in deployment.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if each.inputs["policyArn"] == deployment.outputs["writePolicyArn"]
    ]
    granted = only(json.loads(policy.inputs["policy"])["Statement"])["Sid"]
    assumes = settings_of(name).assume_role_arn
    assert granted == ("AssumeWriterRole" if assumes else "WriteTraces")
    if source == CredentialSource.NODE_ROLE:
        assert holders == ["xray-nodes" if cluster == "new" else "shop-nodes"]
        assert deployment.outputs.get("daemonRoleArn") is None
    else:
        assert holders == ["write-access-role"]
        assert deployment.outputs["daemonRoleArn"] == ROLE_ARN


@variants
def test_role_trusts_one_service_account_of_one_cluster(name: str) -> None:
    source, cluster, _ = kind_of(name)
    deployment, account = variant(name), (settings_of(name).namespace, "xray-daemon")
    associations = [each.inputs for each in deployment.of_type(ASSOCIATION)]
    if source == CredentialSource.POD_IDENTITY:
        provider = only(deployment.of_type("pulumi:providers:kubernetes"))
        arn = provider.inputs["clusterIdentifier"]
        assert trust_of_pod_role(deployment) == pod_identity_trust_document(arn, *account)
        association = only(associations)
        assert association["clusterName"] == deployment.outputs["clusterName"]
        assert (association["namespace"], association["serviceAccount"]) == account
        assert association["roleArn"] == ROLE_ARN
        return
    assert not associations
    if source == CredentialSource.IRSA:
        trust = irsa_trust_document(OIDC_PROVIDERS[cluster], *account)
        assert trust_of_pod_role(deployment) == trust
    else:
        roles = deployment.of_type("aws:iam/role:Role")
        assert not [each for each in roles if each.name == "write-access-role"]


@variants
def test_pods_use_that_account(name: str) -> None:
    source = kind_of(name).source
    deployment = variant(name)
    account = only(deployment.objects("ServiceAccount"))["metadata"]
    assert account.get("annotations", {}) == (
        {"eks.amazonaws.com/role-arn": ROLE_ARN} if source == CredentialSource.IRSA else {}
    )
    assert pod_of(deployment)["serviceAccountName"] == account["name"]


@pytest.mark.parametrize(
    ("name", "kind", "variables"),
    [
        ("gateway", EKS, {URI: "http://169.254.170.23/v1/credentials"}),
        ("ipv6", EKS, {URI: "http://[fd00:ec2::23]/v1/credentials"}),
        ("guarded", IRSA, {"AWS_ROLE_ARN": ROLE_ARN}),
    ],
)
def test_pods_take_their_role_whenever_eks_learns_of_it(
    name: str, kind: tuple[str, str], variables: dict[str, str]
) -> None:
    (audience, variable), (volume, folder, path) = kind, TOKENS[kind]
    folder = f"/var/run/secrets/{folder}/serviceaccount"
    token = {"audience": audience, "expirationSeconds": 86400, "path": path}
    projected = {"sources": [{"serviceAccountToken": token}]}
    for agent in (each for key, each in workloads(variant(name)).items() if "xray" in key):
        assert environment_of(agent).items() >= {variable: f"{folder}/{path}", **variables}.items()
        mount = {"name": volume, "mountPath": folder, "readOnly": True}
        assert mount in container_of(agent)["volumeMounts"]
        volumes = agent["spec"]["template"]["spec"]["volumes"]
        assert {"name": volume, "projected": projected} in volumes


def test_irsa_without_a_role_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"no eks\.amazonaws\.com/role-arn; it must be Wr"):
        declared_with(credential_source="irsa")


@pytest.mark.parametrize(("name", "hops"), [("dev", 1), ("article", 2), ("node-role", 2)])
def test_pods_reach_node_credentials_only_to_use_them(name: str, hops: int) -> None:
    template = only(variant(name).of_type("aws:ec2/launchTemplate:LaunchTemplate"))
    assert template.inputs["metadataOptions"] == {
        "httpTokens": "required",
        "httpPutResponseHopLimit": hops,
    }
