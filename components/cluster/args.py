"""The inputs of `Cluster`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from .. import aws_values, kubernetes_values
from ..architecture import ARCHITECTURES, DEFAULT_ARCHITECTURES, Architecture
from ..choices import DEFAULT_CREDENTIAL_SOURCE, CredentialSource, IpFamily, UpgradePolicy
from ..constraints import Constraint, whole
from ..inputs import Inputs
from .kubeconfig import cluster_name_in

EVERYBODY: Final = "0.0.0.0/0"
"""Every IPv4 address."""


class ClusterArgs(TypedDict):
    """Inputs of `Cluster`."""

    cluster_name: NotRequired[pulumi.Input[str] | None]
    """Name of an existing EKS cluster to use. Nothing on it is changed. Default: make a new one."""

    kubeconfig: NotRequired[pulumi.Input[str] | None]
    """Kubeconfig of any other existing cluster, such as one of kOps; a secret. Default: none."""

    node_role_name: NotRequired[pulumi.Input[str] | None]
    """Name of the existing cluster's node role; only the credential source `node-role` needs
    it. Default: none."""

    oidc_provider_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of the IAM OIDC provider of the cluster behind `kubeconfig`; only `irsa` needs it.
    Default: none."""

    credential_source: NotRequired[CredentialSource]
    """How the agent's pods get AWS credentials: what the cluster must support."""

    check_pod_identity_agent: NotRequired[bool]
    """Whether an existing cluster must have the EKS Pod Identity Agent add-on."""

    ip_family: NotRequired[IpFamily | None]
    """IP addresses of the agent: what an existing EKS cluster must have. Default: any."""

    kubernetes_version: NotRequired[pulumi.Input[str | None]]
    """Kubernetes version of a new cluster, and of its nodes. EKS upgrades one minor version at a
    time and can't downgrade. Default: that of EKS at the time."""

    upgrade_policy: NotRequired[UpgradePolicy | None]
    """What EKS does with a new cluster once standard support of its Kubernetes version has ended.
    Default: that of EKS, which is `extended`."""

    addon_versions: NotRequired[Mapping[str, str]]
    """Versions of a new cluster's add-ons: `vpc-cni`, `kube-proxy`, `coredns` and
    `eks-pod-identity-agent`. An add-on that isn't named keeps its version."""

    auto_mode: NotRequired[bool]
    """Whether EKS Auto Mode runs a new cluster's nodes."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures of a new cluster's nodes, where no instance types are named."""

    node_instance_types: NotRequired[Sequence[str]]
    """EC2 instance types of a new cluster's nodes; those of one architecture make up one node
    group. Empty: a small one of each architecture."""

    node_count: NotRequired[int]
    """Nodes in each node group of a new cluster."""

    subnet_ids: NotRequired[Sequence[str]]
    """Subnets of the account that a new cluster is put in. Empty: those of the default VPC."""

    private_network: NotRequired[bool]
    """Whether to make a VPC for a new cluster, its nodes without public addresses."""

    public_access_cidrs: NotRequired[Sequence[str]]
    """IPv4 networks that reach a new cluster's API server from outside its VPC, where callers still
    have to authenticate. Empty: none."""

    permissions_boundary: NotRequired[pulumi.Input[str | None]]
    """ARN of the IAM policy that bounds what every role made here may do. Default: none."""

    role_path: NotRequired[pulumi.Input[str | None]]
    """IAM path of every role made here; a change replaces them, and with them a new cluster and
    its nodes. Default: /."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes, and of the instances, volumes and
    network interfaces of its nodes; those of Auto Mode only have tags of EKS. Default: none."""


DEFAULTS: Final[Mapping[str, Any]] = {
    "credential_source": DEFAULT_CREDENTIAL_SOURCE,
    "check_pod_identity_agent": True,
    "addon_versions": {},
    "auto_mode": False,
    "architectures": DEFAULT_ARCHITECTURES,
    "node_instance_types": (),
    "node_count": 2,
    "subnet_ids": (),
    "private_network": False,
    "public_access_cidrs": (EVERYBODY,),
}

CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "cluster_name": aws_values.CLUSTER_NAME,
    "kubeconfig": Constraint(
        "the contents of a kubeconfig whose current context leads to the cluster",
        cluster_name_in,
        secret=True,
    ),
    "node_role_name": aws_values.ROLE_NAME,
    "oidc_provider_arn": aws_values.OIDC_PROVIDER_ARN,
    "kubernetes_version": kubernetes_values.VERSION,
    "addon_versions": aws_values.ADDON_VERSIONS,
    "architectures": ARCHITECTURES,
    "node_instance_types": aws_values.INSTANCE_TYPES,
    "node_count": whole(1, 450, why=", the EKS limit of a node group"),
    "subnet_ids": aws_values.SUBNET_IDS,
    "public_access_cidrs": aws_values.CIDRS,
    "permissions_boundary": aws_values.POLICY_ARN,
    "role_path": aws_values.IAM_PATH,
    "tags": aws_values.TAGS,
}

CLUSTER: Final = Inputs(ClusterArgs, DEFAULTS, CONSTRAINTS)
