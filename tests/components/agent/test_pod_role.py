"""Pods have what their role is taken by from the start, whenever EKS learns of the role."""

from typing import Any, Final

import pulumi
import pytest

from tests.support.agents import declared_with, node_pod, pod_of, with_collector

ROLE: Final = "arn:aws:iam::123456789012:role/daemon"
IRSA: Final = {
    "credential_source": "irsa",
    "service_account_annotations": {"eks.amazonaws.com/role-arn": ROLE},
}
EKS, STS = "pods.eks.amazonaws.com", "sts.amazonaws.com"
TOKENS: Final = {
    EKS: (
        "eks-pod-identity-token",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
    ),
    STS: (
        "aws-iam-token",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    ),
}
"""By audience, the volume, variable and file that EKS itself adds, and leaves alone where a pod has
them (amazon-eks-pod-identity-webhook, main.go, pkg/handler/handler.go)."""

URI: Final = "AWS_CONTAINER_CREDENTIALS_FULL_URI"


@pytest.mark.parametrize(
    ("audience", "inputs", "name", "value"),
    [
        (EKS, {}, URI, "http://169.254.170.23/v1/credentials"),
        (EKS, {"ip_family": "ipv6"}, URI, "http://[fd00:ec2::23]/v1/credentials"),
        (STS, IRSA, "AWS_ROLE_ARN", ROLE),
    ],
)
def test_a_role_is_there_without_the_webhook(
    audience: str, inputs: dict[str, Any], name: str, value: str
) -> None:
    deployment = with_collector(gateway_replicas=1, **inputs)
    volume, variable, file = TOKENS[audience]
    folder, _, path = file.rpartition("/")
    token = {"audience": audience, "expirationSeconds": 86400, "path": path}
    for pod in (pod_of(deployment), pod_of(deployment, "Deployment")):
        container = pod["containers"][0]
        for each in ({"name": variable, "value": file}, {"name": name, "value": value}):
            assert each in container["env"]
        assert {"name": volume, "mountPath": folder, "readOnly": True} in container["volumeMounts"]
        projected = {"sources": [{"serviceAccountToken": token}]}
        assert {"name": volume, "projected": projected} in pod["volumes"]


def test_pods_with_the_node_s_role_have_no_token() -> None:
    pod = node_pod(credential_source="node-role")
    assert "volumes" not in pod
    assert "volume_mounts" not in pod["containers"][0]


def test_irsa_without_a_role_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"no eks\.amazonaws\.com/role-arn; it must be Wr"):
        declared_with(credential_source="irsa")
