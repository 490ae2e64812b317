"""What is read from an existing cluster; nothing on it is changed."""

from collections.abc import Callable
from typing import Final, TypeVar

import pulumi
import pulumi_aws as aws

from ..choices import CredentialSource

T = TypeVar("T")

POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
"""The EKS add-on that gives pods their credentials (EKS user guide, pod-id-agent-setup)."""


def describe_eks_cluster(
    name: pulumi.Input[str], source: CredentialSource, check_agent: bool, parent: pulumi.Resource
) -> "pulumi.Output[aws.eks.GetClusterResult]":
    """Returns an EKS cluster as AWS describes it, once it supports the credential source.

    Args:
        name: The cluster's name.
        source: How the agent's pods get AWS credentials.
        check_agent: Whether `pod-identity` needs the EKS Pod Identity Agent add-on.
        parent: Whose provider is asked.

    Raises:
        pulumi.RunError: In a preview too, with a sentence: there is no such cluster, it lacks the
            Pod Identity agent, or its nodes keep their role to themselves.
    """
    options = pulumi.InvokeOptions(parent=parent)

    def describe(known: str) -> "aws.eks.GetClusterResult":
        cluster = invoke_or_explain(
            lambda: aws.eks.get_cluster(name=known, opts=options),
            f"clusterName is {known!r}; it must be the name of an EKS cluster of this account and "
            "region",
        )
        auto = is_auto_mode(cluster)
        mixed = auto and _has_node_groups(known, options)
        if source == CredentialSource.NODE_ROLE and mixed:
            pulumi.log.warn(
                f"credentialSource is node-role and EKS Auto Mode runs some nodes of {known!r}: "
                "nodeSelector must keep the agent on the others, since Auto Mode's lend no role.",
                parent,
            )
        if source == CredentialSource.NODE_ROLE and auto and not mixed:
            raise pulumi.RunError(
                "credentialSource is node-role; it must be pod-identity or irsa on cluster "
                f"{known!r}, since nodes of EKS Auto Mode lend their role to no pod."
            )
        if source == CredentialSource.POD_IDENTITY and check_agent and (mixed or not auto):
            invoke_or_explain(
                lambda: aws.eks.get_addon(
                    cluster_name=known, addon_name=POD_IDENTITY_AGENT, opts=options
                ),
                f"credentialSource is pod-identity; cluster {known!r} must have the EKS add-on "
                f"{POD_IDENTITY_AGENT} for that (aws eks create-addon --cluster-name {known} "
                f"--addon-name {POD_IDENTITY_AGENT}), or checkPodIdentityAgent must be false "
                "where the agent came another way",
            )
        return cluster

    return pulumi.Output.from_input(name).apply(describe)


def find_oidc_provider(cluster: "aws.eks.GetClusterResult", parent: pulumi.Resource) -> str:
    """Returns the ARN of the IAM OIDC provider of a cluster's issuer.

    Raises:
        pulumi.RunError: The account has none; the sentence says how to make it.
    """
    issuer = cluster.identities[0].oidcs[0].issuer
    provider = invoke_or_explain(
        lambda: aws.iam.get_open_id_connect_provider(
            url=issuer, opts=pulumi.InvokeOptions(parent=parent)
        ),
        f"credentialSource is irsa; cluster {cluster.name!r} must have an IAM OIDC provider for "
        f"that (eksctl utils associate-iam-oidc-provider --cluster {cluster.name} --approve)",
    )
    return provider.arn


def is_auto_mode(cluster: "aws.eks.GetClusterResult") -> bool:
    """Returns whether EKS runs nodes of the cluster, Pod Identity agent included (Auto Mode)."""
    return any(each.enabled for each in cluster.compute_configs or [])


def _has_node_groups(cluster_name: str, options: pulumi.InvokeOptions) -> bool:
    """Returns whether some nodes are none of Auto Mode's, which need the agent from the add-on."""
    return bool(aws.eks.get_node_groups(cluster_name=cluster_name, opts=options).names)


def invoke_or_explain(ask: Callable[[], T], sentence: str) -> T:
    """Returns the answer of AWS.

    Asks at once rather than by an output: an output that fails ends the program with its own
    error, whatever becomes of ours.

    Raises:
        pulumi.RunError: It failed; the message adds what AWS said.
    """
    try:
        return ask()
    except Exception as error:
        words = " ".join(str(error).rpartition("returned an error: ")[2].split())
        raise pulumi.RunError(f"{sentence}. AWS says: {words}") from None
