"""The settings of the cluster, its nodes and its network."""

from typing import Annotated

from pydantic import AfterValidator, Field

from components import Architecture, EndpointService
from components.architecture import DEFAULT_INSTANCE_TYPES

from . import fields, kubernetes_fields
from .fields import MustBe
from .strict_model import StrictModel

EVERYBODY = "0.0.0.0/0"
"""Every IPv4 address."""


class ClusterSettings(StrictModel):
    """What a stack can be told of its cluster."""

    region: Annotated[fields.Region, Field(alias="aws:region")]
    """AWS region of everything."""

    cluster_name: fields.ClusterName | None = None
    """EKS cluster to add tracing to; none makes a new one."""

    kubeconfig: kubernetes_fields.Kubeconfig | None = None
    """Kubeconfig of any other cluster to add tracing to."""

    node_role_name: fields.RoleName | None = None
    """Node role of a cluster that exists, for `node-role` credentials."""

    oidc_provider_arn: fields.OidcProviderArn | None = None
    """OIDC provider of the cluster behind `kubeconfig`, for `irsa` credentials."""

    check_pod_identity_agent: fields.Flag = True
    """Whether an adopted cluster must have EKS's add-on of the Pod Identity agent."""

    kubernetes_version: kubernetes_fields.KubernetesVersion | None = None
    """Kubernetes version of a new cluster; none takes EKS's own."""

    auto_mode: fields.Flag = False
    """Whether EKS runs a new cluster's nodes."""

    architectures: Annotated[
        list[Annotated[Architecture, Field(strict=False)]],
        Field(min_length=1, max_length=2),
        AfterValidator(fields.distinct),
        MustBe("an array of amd64, arm64 or both"),
    ] = Field(default_factory=lambda: [Architecture.AMD64])
    """Architectures of the nodes, and of the images that are built."""

    node_instance_types: fields.InstanceTypes = Field(default_factory=list)
    """EC2 instance types of a new cluster's nodes; none takes a small one of each architecture."""

    node_count: fields.NodeCount = 2
    """Nodes of each node group of a new cluster."""

    subnet_ids: fields.SubnetIds = Field(default_factory=list)
    """Subnets for a new cluster; none takes the default VPC's."""

    private_network: fields.Flag = False
    """Whether a VPC with private nodes is made for a new cluster."""

    public_access_cidrs: fields.Cidrs = Field(default_factory=lambda: [EVERYBODY])
    """Who reaches a new cluster's API server from outside its VPC."""

    protect_cluster: fields.Flag = False
    """Whether Pulumi refuses to delete or replace a new cluster, its key and its network."""

    vpc_endpoints: Annotated[
        list[Annotated[EndpointService, Field(strict=False)]],
        AfterValidator(fields.distinct),
        MustBe("an array of xray, sts, eks-auth, ecr and ec2, each at most once"),
    ] = Field(default_factory=list)
    """AWS services that get a private endpoint in the cluster's VPC."""

    def instance_types(self) -> list[str]:
        """Returns the EC2 instance types of a new cluster's nodes."""
        return self.node_instance_types or [
            DEFAULT_INSTANCE_TYPES[each] for each in self.architectures
        ]

    def is_adopted(self) -> bool:
        """Returns whether the cluster is one that exists."""
        return self.cluster_name is not None or self.kubeconfig is not None
