"""Pods have what their role is taken by from the start, whenever EKS learns of the role."""

from typing import Any, Final

import pulumi
import pytest

from tests.support.agents import declared_with, node_pod, pod_of, with_collector

ROLE: Final = "arn:aws:iam::123456789012:role/daemon"
TOKEN: Final = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
POD_TOKEN: Final = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"


def by_pod_identity(host: str) -> dict[str, str]:
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": POD_TOKEN,
    }


@pytest.mark.parametrize(
    ("inputs", "variables", "volume", "audience"),
    [
        (
            {"ip_family": family},
            by_pod_identity(host),
            "eks-pod-identity-token",
            "pods.eks.amazonaws.com",
        )
        for family, host in (("ipv4", "169.254.170.23"), ("ipv6", "[fd00:ec2::23]"))
    ]
    + [
        (
            {
                "credential_source": "irsa",
                "service_account_annotations": {"eks.amazonaws.com/role-arn": ROLE},
            },
            {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN},
            "aws-iam-token",
            "sts.amazonaws.com",
        )
    ],
)
def test_a_role_is_there_without_the_webhook(
    inputs: dict[str, Any], variables: dict[str, str], volume: str, audience: str
) -> None:
    """By the names that EKS adds (amazon-eks-pod-identity-webhook, main.go, handler.go)."""
    deployment = with_collector(gateway_replicas=1, **inputs)
    for pod in (pod_of(deployment), pod_of(deployment, "Deployment")):
        container = pod["containers"][0]
        environment = {each["name"]: each.get("value") for each in container["env"]}
        assert variables.items() <= environment.items()
        folder, _, path = [*variables.values()][1].rpartition("/")
        assert {"name": volume, "mountPath": folder, "readOnly": True} in container["volumeMounts"]
        token = {"audience": audience, "expirationSeconds": 86400, "path": path}
        projected = {"sources": [{"serviceAccountToken": token}]}
        assert {"name": volume, "projected": projected} in pod["volumes"]


def test_pods_with_the_node_s_role_have_no_token() -> None:
    pod = node_pod(credential_source="node-role")
    assert "volumes" not in pod
    assert "volume_mounts" not in pod["containers"][0]


def test_irsa_without_a_role_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"no eks\.amazonaws\.com/role-arn; it must be Wr"):
        declared_with(credential_source="irsa")
