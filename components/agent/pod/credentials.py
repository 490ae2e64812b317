"""A pod's own role, declared in the pod itself.

EKS adds it when a pod is made, if it knows of the Pod Identity association or of the service
account's annotation by then, which takes seconds (EKS API reference, CreatePodIdentityAssociation):
a pod that was made too early never gets it. What a pod has by these names already, EKS leaves as it
is (amazon-eks-pod-identity-webhook, pkg/handler/handler.go). The AWS SDKs ask for credentials again
until the role is there: nobody remembers a refusal (eks-pod-identity-agent, refreshing_cache.go).
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict, VolumeArgsDict

from ...access.policies import IRSA_AUDIENCE, POD_IDENTITY_PRINCIPAL, ROLE_ANNOTATION
from ...choices import CredentialSource
from ..args import TraceDaemonArgs
from .ip_family import credentials_addresses

SECRETS: Final = "/var/run/secrets"


class Token(NamedTuple):
    """The token of a service account that its role is taken by."""

    audience: str
    volume: str
    folder: str
    file: str


TOKENS: Final = {
    CredentialSource.POD_IDENTITY: Token(
        POD_IDENTITY_PRINCIPAL,
        "eks-pod-identity-token",
        f"{SECRETS}/pods.eks.amazonaws.com/serviceaccount",
        "eks-pod-identity-token",
    ),
    CredentialSource.IRSA: Token(
        IRSA_AUDIENCE, "aws-iam-token", f"{SECRETS}/eks.amazonaws.com/serviceaccount", "token"
    ),
}
"""As EKS itself adds them (EKS user guide, pod-id-how-it-works and pod-configuration)."""


def token_volumes(args: TraceDaemonArgs) -> list[VolumeArgsDict]:
    """Returns the volume with the token that a pod's role is taken by; none without a role."""
    if (token := TOKENS.get(args["credential_source"])) is None:
        return []
    # As long as EKS has it; the kubelet renews it before.
    source = {"audience": token.audience, "expiration_seconds": 86_400, "path": token.file}
    projected = {"sources": [{"service_account_token": source}]}
    return [cast(VolumeArgsDict, {"name": token.volume, "projected": projected})]


def with_role(container: ContainerArgsDict, args: TraceDaemonArgs) -> ContainerArgsDict:
    """Returns a container that takes its pod's role, if the pod has one of its own."""
    if (token := TOKENS.get(args["credential_source"])) is None:
        return container
    file = f"{token.folder}/{token.file}"
    variables: dict[str, pulumi.Input[str]] = {"AWS_WEB_IDENTITY_TOKEN_FILE": file}
    if args["credential_source"] == CredentialSource.IRSA:
        annotations = pulumi.Output.from_input(args["service_account_annotations"])
        variables["AWS_ROLE_ARN"] = annotations.apply(_role_in)
    else:
        network, *_ = credentials_addresses(args["credential_source"], args["ip_family"])
        address = network.split("/")[0]
        host = f"[{address}]" if ":" in address else address
        variables = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": file,
        }
    given = cast(Mapping[str, list[Any]], container)
    mount = {"name": token.volume, "mount_path": token.folder, "read_only": True}
    env = [{"name": name, "value": value} for name, value in variables.items()]
    more = {"env": [*given["env"], *env], "volume_mounts": [*given.get("volume_mounts", []), mount]}
    return cast(ContainerArgsDict, {**container, **more})


def _role_in(annotations: Mapping[str, str]) -> str:
    if ROLE_ANNOTATION in annotations:
        return annotations[ROLE_ANNOTATION]
    raise pulumi.RunError(
        f"service_account_annotations has no {ROLE_ANNOTATION}; it must be "
        "WriteAccess.service_account_annotations where credential_source is irsa."
    )
