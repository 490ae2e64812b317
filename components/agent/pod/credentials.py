"""A pod's own role, declared in the pod itself.

EKS adds it when a pod is made (EKS user guide, pod-id-how-it-works and pod-configuration), if EKS
knows by then of the Pod Identity association or of the service account's annotation. That takes
seconds (EKS API reference, CreatePodIdentityAssociation), and a pod that was made before never gets
its role. EKS leaves alone what a pod has by these names already (amazon-eks-pod-identity-webhook,
main.go, pkg/handler/handler.go). The AWS SDKs ask for credentials until the role is there: no
refusal is cached (eks-pod-identity-agent, refreshing_cache.go).
"""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi_kubernetes.core.v1 import PodSpecArgsDict

from ...access.policies import IRSA_AUDIENCE, POD_IDENTITY_PRINCIPAL, ROLE_ANNOTATION
from ...choices import CredentialSource
from .ip_family import credentials_addresses


def with_role(
    pod: PodSpecArgsDict, args: Mapping[str, Any], *, holders: int = 1
) -> PodSpecArgsDict:
    """Returns a pod whose first containers take the pod's own role, if the pod has one."""
    source = args["credential_source"]
    if source == CredentialSource.NODE_ROLE:
        return pod
    variables: dict[str, pulumi.Input[str]]
    if source == CredentialSource.IRSA:
        audience, volume, path = IRSA_AUDIENCE, "aws-iam-token", "token"
        folder = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
        annotations = pulumi.Output.from_input(args["service_account_annotations"])
        variables = {
            "AWS_ROLE_ARN": annotations.apply(_role_in),
            "AWS_WEB_IDENTITY_TOKEN_FILE": f"{folder}/{path}",
        }
    else:
        audience, volume = POD_IDENTITY_PRINCIPAL, "eks-pod-identity-token"
        path = volume
        folder = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
        address = credentials_addresses(source, args["ip_family"])[0].split("/")[0]
        host = f"[{address}]" if ":" in address else address
        variables = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": f"{folder}/{path}",
        }
    # As long as EKS has it; the kubelet renews it before.
    token = {"audience": audience, "expiration_seconds": 86_400, "path": path}
    projected = {"name": volume, "projected": {"sources": [{"service_account_token": token}]}}
    mount = {"name": volume, "mount_path": folder, "read_only": True}
    given = cast(Mapping[str, Any], pod)
    added = [{"name": name, "value": value} for name, value in variables.items()]
    containers = [
        {
            **each,
            "env": [*each["env"], *added],
            "volume_mounts": [*each.get("volume_mounts", []), mount],
        }
        for each in given["containers"][:holders]
    ]
    containers += given["containers"][holders:]
    volumes = [*given.get("volumes", []), projected]
    return cast(PodSpecArgsDict, {**pod, "containers": containers, "volumes": volumes})


def _role_in(annotations: Mapping[str, str]) -> str:
    if ROLE_ANNOTATION in annotations:
        return annotations[ROLE_ANNOTATION]
    raise pulumi.RunError(
        f"service_account_annotations has no {ROLE_ANNOTATION}; it must be "
        "WriteAccess.service_account_annotations where credential_source is irsa."
    )
