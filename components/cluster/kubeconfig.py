"""Kubeconfigs: one for an EKS cluster that exists, and what another one says."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import yaml


def kubeconfig_for(
    cluster_name: str,
    cluster_arn: str,
    endpoint: str,
    certificate: str,
    options: Sequence[str] = (),
) -> str:
    """Returns a kubeconfig (JSON) that gets its tokens from `aws eks get-token`.

    Options of the AWS CLI say who asks.
    """
    region = cluster_arn.split(":")[3]
    # As `aws eks update-kubeconfig` writes it. Without --output, AWS_DEFAULT_OUTPUT decides.
    arguments = ["--region", region, "eks", "get-token", "--cluster-name", cluster_name]
    token = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "aws",
        "args": [*arguments, "--output", "json", *options],
    }
    parts = {
        "cluster": {"server": endpoint, "certificate-authority-data": certificate},
        "context": {"cluster": cluster_name, "user": cluster_name},
        "user": {"exec": token},
    }
    config = {"apiVersion": "v1", "kind": "Config", "current-context": cluster_name}
    named = {f"{kind}s": [{"name": cluster_name, kind: part}] for kind, part in parts.items()}
    return json.dumps({**config, **named})


def credential_options() -> list[str]:
    """Returns options by which the AWS CLI is who the stack's AWS provider is.

    Raises:
        pulumi.RunError: The CLI can't assume what `aws:assumeRoles` says.
    """
    settings = pulumi.Config("aws")
    profile, roles = settings.get("profile"), settings.get_object("assumeRoles") or []
    if len(roles) > 1 or any("externalId" in each for each in roles):
        raise pulumi.RunError(
            "aws:assumeRoles is a chain, or has an externalId; it must be one role without, since "
            "`aws eks get-token` assumes no other. A profile of the AWS CLI can: see aws:profile."
        )
    # As in the provider, --profile goes before credentials in the environment: AWS_PROFILE wouldn't
    # (AWS CLI user guide, cli-configure-envvars).
    options = ["--profile", profile] if profile else []
    return options + [option for each in roles for option in ("--role-arn", each["roleArn"])]


def cluster_name_in(kubeconfig: str) -> str:
    """Returns the name of the cluster that a kubeconfig leads to: that of its current context.

    Raises:
        ValueError: It is no kubeconfig, or its current context leads to no cluster.
    """
    try:
        config: Any = yaml.safe_load(kubeconfig)
        contexts = {each["name"]: each["context"] for each in config["contexts"]}
        name = contexts[config["current-context"]]["cluster"]
        if not any(each["name"] == name for each in config["clusters"]):
            raise KeyError(name)
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError("no kubeconfig with a current context and its cluster") from error
    return str(name)
