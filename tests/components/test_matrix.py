"""Every way to hold the right, on every kind of cluster, with every source of the image."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.support.program import ACCOUNT, MATRIX, only, variant
from tools.lab.deployment import Deployment, Resource

PUBLIC: Final = "public.ecr.aws/xray/aws-xray-daemon:3.6.6"

OIDC_PROVIDERS: Final = {
    "new": f"arn:aws:iam::{ACCOUNT}:oidc-provider/xray-eksCluster.eks.eu-west-1.amazonaws.com/id",
    "adopted": f"arn:aws:iam::{ACCOUNT}:oidc-provider/shop.eks.eu-west-1.amazonaws.com/id",
    "kops": f"arn:aws:iam::{ACCOUNT}:oidc-provider/kops.example.com",
}

NODE_ROLES: Final = {"new": "xray-nodes", "adopted": "shop-nodes", "kops": "shop-nodes"}

parametrized = pytest.mark.parametrize("name", MATRIX)


def parts_of(name: str) -> tuple[str, str, str]:
    """Returns the credentials, the cluster and the source of the image in a variant's name."""
    credentials, cluster, image = name.rsplit("-", 2)
    return credentials, cluster, image


def resources(deployment: Deployment, kind: str) -> list[Resource]:
    return [each for each in deployment.resources.values() if each.type.endswith(f":{kind}")]


def trust_of_pod_role(deployment: Deployment) -> Mapping[str, Any]:
    (role,) = (each for each in resources(deployment, "Role") if each.name == "write-access-role")
    return only(json.loads(role.inputs["assumeRolePolicy"])["Statement"])


@parametrized
def test_the_right_goes_where_it_is_to(name: str) -> None:
    credentials, cluster, _ = parts_of(name)
    deployment = variant(name)
    attachments = resources(deployment, "RolePolicyAttachment")
    (held_by,) = (each.inputs["role"] for each in attachments if each.name.startswith("write-"))
    assert held_by == (NODE_ROLES[cluster] if credentials == "node-role" else "write-access-role")
    assert len(resources(deployment, "PodIdentityAssociation")) == (credentials == "pod-identity")


@parametrized
def test_a_role_of_the_pods_trusts_one_service_account_of_one_cluster(name: str) -> None:
    credentials, cluster, _ = parts_of(name)
    deployment = variant(name)
    if credentials == "node-role":
        assert not [each for each in resources(deployment, "Role") if "write" in each.name]
        return
    statement = trust_of_pod_role(deployment)
    conditions = statement["Condition"]["StringEquals"]
    if credentials == "irsa":
        provider = OIDC_PROVIDERS[cluster]
        issuer = provider.partition("/")[2]
        assert statement["Principal"] == {"Federated": provider}
        assert conditions == {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "system:serviceaccount:xray:xray-daemon",
        }
    else:
        assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
        assert conditions["aws:RequestTag/kubernetes-service-account"] == "xray-daemon"


@parametrized
def test_a_service_account_names_its_role_only_for_irsa(name: str) -> None:
    credentials, _, _ = parts_of(name)
    account = only(variant(name).objects("ServiceAccount"))["metadata"]
    assert account.get("annotations", {}) == (
        {"eks.amazonaws.com/role-arn": f"arn:aws:iam::{ACCOUNT}:role/write-access-role"}
        if credentials == "irsa"
        else {}
    )


@parametrized
def test_pods_are_replaced_when_their_credentials_come_another_way(name: str) -> None:
    credentials, _, _ = parts_of(name)
    deployment = variant(name)
    template = only(deployment.objects("DaemonSet"))["spec"]["template"]["metadata"]
    account = only(deployment.objects("ServiceAccount"))["metadata"]
    assert template["annotations"] == {
        "xray-on-kubernetes/credentials": credentials,
        **account.get("annotations", {}),
    }


@parametrized
def test_the_image_comes_from_where_it_is_to(name: str) -> None:
    _, _, image = parts_of(name)
    deployment = variant(name)
    repositories = [each.name for each in resources(deployment, "Repository")]
    made = {each.type for each in deployment.resources.values() if "xray-daemon-image" in each.urn}
    reference = deployment.outputs["daemonImage"]
    if image == "public":
        assert reference == PUBLIC
        assert not repositories
        assert not made
        return
    assert "xray-daemon-repository" in repositories
    registry = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    assert reference.startswith(f"{registry}/xray-daemon-repository@sha256:")
    assert made == {"docker-build:index:Index" if image == "mirror" else "docker:index/image:Image"}


@parametrized
def test_the_daemon_goes_to_nodes_that_can_run_its_image(name: str) -> None:
    _, _, image = parts_of(name)
    pod = only(variant(name).objects("DaemonSet"))["spec"]["template"]["spec"]
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    values = {
        each["key"]: each["values"]
        for each in only(required["nodeSelectorTerms"])["matchExpressions"]
    }
    # AWS's own image runs on both; one that is built, on what it was built for.
    assert values["kubernetes.io/arch"] == (["amd64"] if image == "build" else ["amd64", "arm64"])


@parametrized
def test_nothing_is_asked_of_docker_in_a_preview(name: str) -> None:
    for each in variant(name, preview=True).resources.values():
        if each.type in ("docker:index/image:Image", "docker-build:index:Image"):
            assert each.inputs["buildOnPreview"] is False
