"""A pod's own role, declared in the pod itself.

EKS adds it when a pod is made, if it knows of the Pod Identity association or of the service
account's annotation by then, which takes seconds (EKS API reference, CreatePodIdentityAssociation):
a pod that was made too early never gets it. What a pod has by these names already, EKS leaves as it
is (amazon-eks-pod-identity-webhook, pkg/handler/handler.go). So no pod is too early, and the AWS
SDKs ask for credentials again until the role is there: nothing on the way remembers a refusal
(eks-pod-identity-agent, refreshing_cache.go; aws-sdk-go-v2, CredentialsCache).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ServiceAccountTokenProjectionArgsDict,
    VolumeArgsDict,
    VolumeProjectionArgsDict,
)

from ...access.policies import IRSA_AUDIENCE, POD_IDENTITY_PRINCIPAL, ROLE_ANNOTATION
from ...choices import CredentialSource
from ..args import TraceDaemonArgs
from .ip_family import credentials_addresses


@dataclass(frozen=True)
class Token:
    """The token of a service account that its role is taken by."""

    audience: str
    volume: str
    folder: str
    file: str


TOKENS: Final[Mapping[CredentialSource, Token]] = {
    CredentialSource.POD_IDENTITY: Token(
        POD_IDENTITY_PRINCIPAL,
        "eks-pod-identity-token",
        "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount",
        "eks-pod-identity-token",
    ),
    CredentialSource.IRSA: Token(
        IRSA_AUDIENCE, "aws-iam-token", "/var/run/secrets/eks.amazonaws.com/serviceaccount", "token"
    ),
}
"""As EKS itself adds them (EKS user guide, pod-id-how-it-works and pod-configuration)."""

TOKEN_SECONDS: Final = 86_400
"""How long a token lasts, as in those guides; the kubelet renews it before."""


def token_volumes(args: TraceDaemonArgs) -> list[VolumeArgsDict]:
    """Returns the volume with the token that a pod's role is taken by; none without a role."""
    token = TOKENS.get(args["credential_source"])
    if token is None:
        return []
    projection: ServiceAccountTokenProjectionArgsDict = {
        "audience": token.audience,
        "expiration_seconds": TOKEN_SECONDS,
        "path": token.file,
    }
    sources: list[VolumeProjectionArgsDict] = [{"service_account_token": projection}]
    return [{"name": token.volume, "projected": {"sources": sources}}]


def with_role(container: ContainerArgsDict, args: TraceDaemonArgs) -> ContainerArgsDict:
    """Returns a container that takes its pod's role, if the pod has one of its own."""
    token = TOKENS.get(args["credential_source"])
    if token is None:
        return container
    file, variables = f"{token.folder}/{token.file}", dict[str, pulumi.Input[str]]()
    if args["credential_source"] == CredentialSource.IRSA:
        variables["AWS_ROLE_ARN"] = _role(args)
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = file
    else:
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = _agent_url(args)
        variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file
    given = cast(Mapping[str, list[Any]], container)
    mount = {"name": token.volume, "mount_path": token.folder, "read_only": True}
    env = [{"name": name, "value": value} for name, value in variables.items()]
    more = {"env": [*given["env"], *env], "volume_mounts": [*given.get("volume_mounts", []), mount]}
    return cast(ContainerArgsDict, {**container, **more})


def _agent_url(args: TraceDaemonArgs) -> str:
    """Returns where the Pod Identity agent of a pod's node is asked for credentials."""
    address = credentials_addresses(args["credential_source"], args["ip_family"])[0].split("/")[0]
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}/v1/credentials"


def _role(args: TraceDaemonArgs) -> pulumi.Output[str]:
    def named(annotations: Mapping[str, str]) -> str:
        if ROLE_ANNOTATION not in annotations:
            raise pulumi.RunError(
                f"service_account_annotations has no {ROLE_ANNOTATION}; it must be "
                "WriteAccess.service_account_annotations where credential_source is irsa."
            )
        return annotations[ROLE_ANNOTATION]

    return pulumi.Output.from_input(args["service_account_annotations"]).apply(named)
