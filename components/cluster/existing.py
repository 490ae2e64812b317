"""What is read from an existing cluster; nothing on it is changed."""

from collections.abc import Callable
from typing import Final, TypeVar

import pulumi
import pulumi_aws as aws

from ..choices import OLDEST_KUBERNETES, CredentialSource
from ..words import shown
from .args import ClusterArgs

T = TypeVar("T")

POD_IDENTITY_AGENT: Final = "eks-pod-identity-agent"
"""The EKS add-on that gives pods their credentials (EKS user guide, pod-id-agent-setup)."""

READY: Final = ("ACTIVE", "UPDATING")
"""Statuses of a cluster whose API server answers; the others are CREATING, PENDING, DELETING and
FAILED (EKS API reference, Cluster)."""

ABSENT: Final = (
    *("ResourceNotFoundException", "couldn't find resource", "empty result", ": not found"),
    *("no matching EC2", "multiple EC2"),
)
"""How the AWS provider says that there is nothing, or not just one (terraform-provider-aws,
internal/tfresource). What else it says, such as AccessDenied, leaves that open."""


def describe_eks_cluster(
    name: pulumi.Input[str], args: ClusterArgs, parent: pulumi.Resource
) -> "pulumi.Output[aws.eks.GetClusterResult]":
    """Returns an EKS cluster as AWS describes it, once it has what the agent needs.

    Args:
        name: The cluster's name.
        args: The complete inputs of `Cluster`.
        parent: Whose provider is asked.

    Raises:
        pulumi.RunError: In a preview too, with a sentence: there is no such cluster, or it is not
            as the inputs need it.
    """
    options = pulumi.InvokeOptions(parent=parent)

    def describe(known: str) -> "aws.eks.GetClusterResult":
        cluster = invoke_or_explain(
            lambda: aws.eks.get_cluster(name=known, opts=options),
            f"EKS cluster {known!r}",
            f"clusterName is {known!r}; it must be the name of an EKS cluster of this account and "
            "region",
        )
        auto = is_auto_mode(cluster)
        mixed = auto and _has_node_groups(known, options)
        if unmet := _unmet_needs(cluster, args, lends_role=mixed or not auto):
            raise pulumi.RunError(unmet[0])
        if args["credential_source"] == CredentialSource.NODE_ROLE and mixed:
            pulumi.log.warn(
                f"credentialSource is node-role and EKS Auto Mode runs some nodes of {known!r}: "
                "nodeSelector must keep the agent on the others, since Auto Mode's lend no role.",
                parent,
            )
        pod_identity = args["credential_source"] == CredentialSource.POD_IDENTITY
        if pod_identity and args["check_pod_identity_agent"] and (mixed or not auto):
            invoke_or_explain(
                lambda: aws.eks.get_addon(
                    cluster_name=known, addon_name=POD_IDENTITY_AGENT, opts=options
                ),
                f"The EKS add-on {POD_IDENTITY_AGENT} of cluster {known!r}",
                f"credentialSource is pod-identity; cluster {known!r} must have the EKS add-on "
                f"{POD_IDENTITY_AGENT} for that (aws eks create-addon --cluster-name {known} "
                f"--addon-name {POD_IDENTITY_AGENT}), or checkPodIdentityAgent must be false "
                "where the agent came another way",
            )
        return cluster

    return pulumi.Output.from_input(name).apply(describe)


def _unmet_needs(
    cluster: "aws.eks.GetClusterResult", args: ClusterArgs, *, lends_role: bool
) -> list[str]:
    """Returns a sentence for each need that the description of a cluster contradicts.

    How it authenticates callers is none: pods get their credentials in any mode, and whoever runs
    Pulumi may be let in by `aws-auth`. Nor is a private endpoint, which Pulumi may reach.
    """
    name, source = repr(cluster.name), args["credential_source"]
    family, wanted = args["ip_family"], args["traffic_distribution"]
    # One, since there are no Services of both (EKS user guide, cni-ipv6).
    families = [each.ip_family for each in cluster.kubernetes_network_configs or []]
    sentences = {
        f"clusterName is {name}, whose status is {cluster.status}; it must be the name of a "
        f"cluster that is {' or '.join(READY)}.": cluster.status not in READY,
        f"clusterName is {name}, whose API server EKS doesn't know; a cluster that is only "
        "registered there must be given by kubeconfig.": not (
            cluster.endpoint and cluster.certificate_authorities
        ),
        f"credentialSource is node-role; it must be pod-identity or irsa on cluster {name}, since "
        "nodes of EKS Auto Mode lend their role to no pod.": (
            source == CredentialSource.NODE_ROLE and not lends_role
        ),
        f"credentialSource is irsa; it must be pod-identity or node-role on cluster {name}, which "
        "has no OIDC issuer.": source == CredentialSource.IRSA and not _issuers(cluster),
        f"ipFamily is {shown(family)}; it must be {', '.join(families)} on cluster {name}.": (
            family is not None and families not in ([], [family])
        ),
        f"trafficDistribution is {shown(wanted)}; it must be node on cluster {name}, whose "
        f"Kubernetes {cluster.version} lacks it.": (
            # As texts: each version is "1." and two digits.
            cluster.version < OLDEST_KUBERNETES.get(wanted or "", "")
        ),
    }
    return [sentence for sentence, wrong in sentences.items() if wrong]


def _issuers(cluster: "aws.eks.GetClusterResult") -> list[str]:
    return [oidc.issuer for each in cluster.identities or [] for oidc in each.oidcs]


def find_oidc_provider(cluster: "aws.eks.GetClusterResult", parent: pulumi.Resource) -> str:
    """Returns the ARN of the IAM OIDC provider of a cluster's issuer.

    Raises:
        pulumi.RunError: The account has none; the sentence says how to make it.
    """
    provider = invoke_or_explain(
        lambda: aws.iam.get_open_id_connect_provider(
            url=_issuers(cluster)[0], opts=pulumi.InvokeOptions(parent=parent)
        ),
        f"The IAM OIDC provider of cluster {cluster.name!r}",
        f"credentialSource is irsa; cluster {cluster.name!r} must have an IAM OIDC provider for "
        f"that (eksctl utils associate-iam-oidc-provider --cluster {cluster.name} --approve)",
    )
    return provider.arn


def find_node_role(
    name: pulumi.Input[str] | None, parent: pulumi.Resource
) -> pulumi.Output[str | None]:
    """Returns the name of the node role, if one is given; raises a RunError if it isn't there."""

    def find(known: str | None) -> str | None:
        return (
            known
            and invoke_or_explain(
                lambda: aws.iam.get_role(name=known, opts=pulumi.InvokeOptions(parent=parent)),
                f"The IAM role {known}",
                f"nodeRoleName is {known!r}; it must be the name of an IAM role of this account",
            ).name
        )

    return pulumi.Output.from_input(name).apply(find)


def is_auto_mode(cluster: "aws.eks.GetClusterResult") -> bool:
    """Returns whether EKS runs nodes of the cluster, Pod Identity agent included (Auto Mode)."""
    return any(each.enabled for each in cluster.compute_configs or [])


def _has_node_groups(cluster_name: str, options: pulumi.InvokeOptions) -> bool:
    """Returns whether some nodes are none of Auto Mode's, which need the agent from the add-on."""
    found = invoke_or_none(
        lambda: aws.eks.get_node_groups(cluster_name=cluster_name, opts=options),
        f"The node groups of cluster {cluster_name!r}",
    )
    return found is not None and bool(found.names)


def invoke_or_explain(ask: Callable[[], T], what: str, sentence: str) -> T:
    """Returns the answer of AWS.

    Args:
        ask: Asks at once rather than by an output: an output that fails ends the program with its
            own error, whatever becomes of ours.
        what: What is asked for, such as "EKS cluster 'shop'".
        sentence: What is wrong where it is not there.

    Raises:
        pulumi.RunError: It is not there, or AWS doesn't say.
    """
    answer = invoke_or_none(ask, what)
    if answer is None:
        raise pulumi.RunError(f"{sentence}.")
    return answer


def invoke_or_none(ask: Callable[[], T], what: str) -> T | None:
    """Returns the answer of AWS, or none where nothing is there; see `invoke_or_explain`."""
    try:
        return ask()
    except Exception as error:
        words = " ".join(str(error).rpartition("returned an error: ")[2].split())
        if any(each in words for each in ABSENT):
            return None
        raise pulumi.RunError(f"{what} could not be read. AWS says: {words}") from None
