"""What is read from an existing cluster; nothing on it is changed."""

from typing import Final

import pulumi
import pulumi_aws as aws

from ..choices import CredentialSource
from .answers import read
from .args import ClusterArgs

POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
"""The EKS add-on that gives pods their credentials (EKS user guide, pod-id-agent-setup)."""

READY: Final = ("ACTIVE", "UPDATING")
"""Statuses of a cluster whose API server answers; the others are CREATING, PENDING, DELETING and
FAILED (EKS API reference, Cluster)."""


def describe_eks_cluster(
    name: str, args: ClusterArgs, asking: pulumi.InvokeOptions
) -> "aws.eks.GetClusterResult":
    """Returns an EKS cluster as AWS describes it.

    Raises:
        pulumi.RunError: There is no such cluster, or it lacks what the inputs of `Cluster` need.
    """
    cluster = read(
        lambda: aws.eks.get_cluster(name=name, opts=asking),
        f"EKS cluster {name!r}",
        f"clusterName is {name!r}; it must be the name of an EKS cluster of this account and "
        "region.",
    )
    if sentence := _unmet_need(cluster, args):
        raise pulumi.RunError(sentence)
    pod_identity = args["credential_source"] == CredentialSource.POD_IDENTITY
    if pod_identity and args["check_pod_identity_agent"] and _has_node_groups(cluster, asking):
        read(
            lambda: aws.eks.get_addon(
                cluster_name=name, addon_name=POD_IDENTITY_AGENT, opts=asking
            ),
            f"The EKS add-on {POD_IDENTITY_AGENT} of cluster {name!r}",
            f"credentialSource is pod-identity; cluster {name!r} must have the EKS add-on "
            f"{POD_IDENTITY_AGENT} for that (aws eks create-addon --cluster-name {name} "
            f"--addon-name {POD_IDENTITY_AGENT}), or checkPodIdentityAgent must be false where "
            "the agent came another way.",
        )
    return cluster


def _unmet_need(cluster: "aws.eks.GetClusterResult", args: ClusterArgs) -> str | None:
    """Returns a sentence about what the description of a cluster contradicts.

    How it authenticates callers doesn't matter: pods get their credentials in any mode, and whoever
    runs Pulumi may be let in by `aws-auth`. Nor does a private endpoint, which Pulumi may reach.
    """
    name, source, family = repr(cluster.name), args["credential_source"], args["ip_family"]
    # One, since there are no Services of both (EKS user guide, cni-ipv6).
    families = [each.ip_family for each in cluster.kubernetes_network_configs or []]
    # Of a cluster that is only registered with EKS, such as one of another cloud, it knows no more.
    if cluster.status not in READY or not cluster.certificate_authorities:
        return (
            f"clusterName is {name}, whose status is {cluster.status}; it must be the name of a "
            f"cluster that EKS runs and that is {' or '.join(READY)}."
        )
    if source == CredentialSource.NODE_ROLE and _is_auto_mode(cluster):
        return (
            f"credentialSource is node-role; it must be pod-identity or irsa on cluster {name}, "
            "since nodes of EKS Auto Mode lend their role to no pod."
        )
    if source == CredentialSource.IRSA and not _issuers(cluster):
        return (
            f"credentialSource is irsa; it must be pod-identity or node-role on cluster {name}, "
            "which has no OIDC issuer."
        )
    if family is not None and families not in ([], [family]):
        return f"ipFamily is {family.value}; it must be {families[0]} on cluster {name}."
    return None


def find_oidc_provider(cluster: "aws.eks.GetClusterResult", asking: pulumi.InvokeOptions) -> str:
    """Returns the ARN of the IAM OIDC provider of a cluster; raises a RunError if it has none."""
    provider = read(
        lambda: aws.iam.get_open_id_connect_provider(url=_issuers(cluster)[0], opts=asking),
        f"The IAM OIDC provider of cluster {cluster.name!r}",
        f"credentialSource is irsa; cluster {cluster.name!r} must have an IAM OIDC provider for "
        f"that (eksctl utils associate-iam-oidc-provider --cluster {cluster.name} --approve).",
    )
    return provider.arn


def _issuers(cluster: "aws.eks.GetClusterResult") -> list[str]:
    return [oidc.issuer for each in cluster.identities or [] for oidc in each.oidcs]


def _is_auto_mode(cluster: "aws.eks.GetClusterResult") -> bool:
    return any(each.enabled for each in cluster.compute_configs or [])


def _has_node_groups(cluster: "aws.eks.GetClusterResult", asking: pulumi.InvokeOptions) -> bool:
    """Returns whether some nodes may be none of Auto Mode's, which have the agent built in."""
    if not _is_auto_mode(cluster):
        return True
    groups = read(
        lambda: aws.eks.get_node_groups(cluster_name=cluster.name, opts=asking),
        f"The node groups of cluster {cluster.name!r}",
    )
    return len(groups.names) > 0
