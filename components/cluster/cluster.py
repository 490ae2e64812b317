"""The Kubernetes cluster that is traced: a new EKS cluster, or one that exists."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ..access.credentials import Credentials
from ..architecture import DEFAULT_INSTANCE_TYPES, Architecture
from .existing import POD_IDENTITY_AGENT, describe_eks_cluster, find_oidc_provider
from .kubeconfig import cluster_name_in, kubeconfig_for

if TYPE_CHECKING:
    import pulumi_eks as eks

    from .control_plane import Subnets
    from .nodes import EksNodes


class ClusterArgs(TypedDict):
    """Inputs of `Cluster`."""

    existing_name: NotRequired[pulumi.Input[str] | None]
    """Name of an EKS cluster to adopt. Nothing on it is changed. Default: make a new one."""

    existing_kubeconfig: NotRequired[pulumi.Input[str] | None]
    """Kubeconfig of any other cluster to adopt, kops' for example. Default: none."""

    existing_node_role_name: NotRequired[pulumi.Input[str] | None]
    """Name of the adopted cluster's node role; only `node-role` credentials need it."""

    existing_oidc_provider_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of the IAM OIDC provider of a cluster adopted by kubeconfig; only `irsa` needs it."""

    credentials: NotRequired[Credentials]
    """How the daemon's pods come by theirs: what the cluster has to be able to do.

    Default: `pod-identity`.
    """

    check_pod_identity_agent: NotRequired[bool]
    """Whether an adopted cluster must have EKS's add-on of the agent. Default: yes."""

    kubernetes_version: NotRequired[pulumi.Input[str | None]]
    """Kubernetes version of a new cluster. Default: EKS's own at the time."""

    auto_mode: NotRequired[bool]
    """Whether EKS runs a new cluster's nodes (EKS Auto Mode). Default: no."""

    node_instance_types: NotRequired[Sequence[str]]
    """EC2 instance types of a new cluster's nodes; those of one architecture make up one node
    group. Default: `t3.medium`."""

    node_count: NotRequired[int]
    """How many nodes each node group of a new cluster has. Default: 2."""

    subnet_ids: NotRequired[Sequence[str]]
    """Subnets of the account that a new cluster is put in. Default: the default VPC's."""

    private_network: NotRequired[bool]
    """Whether a VPC is made for a new cluster, its nodes without public addresses. Default: no."""

    public_access_cidrs: NotRequired[Sequence[str]]
    """Who reaches a new cluster's API server from outside its VPC; none: nobody.

    Default: everybody who can authenticate.
    """

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes."""


class Cluster(pulumi.ComponentResource):
    """An EKS cluster by pulumi-eks with nodes of our own role, or one that exists.

    Makes, for a new cluster: a VPC where one is asked for, a KMS key for its secrets, the EKS
    cluster (API authentication, control-plane logs, NetworkPolicy enforced by the VPC CNI), and
    either `EksNodes` and the Pod Identity agent, or the nodes and the agent of EKS Auto Mode.
    The option `protect` is for all but the nodes and the agent, which can be made again.
    """

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""

    cluster_arn: pulumi.Output[str | None]
    """ARN of the cluster; none where it is not EKS."""

    kubeconfig: pulumi.Output[str]
    """A kubeconfig: EKS's (JSON) asks the AWS CLI for its token and holds no secret."""

    node_role_name: pulumi.Output[str | None]
    """Name of the worker nodes' IAM role, where it is known."""

    oidc_provider_arn: pulumi.Output[str | None]
    """ARN of the cluster's IAM OIDC provider; only where `credentials` is `irsa`."""

    vpc_id: pulumi.Output[str | None]
    """VPC of the cluster; none where it is not EKS."""

    subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets of the cluster; none where it is not EKS."""

    nodes: pulumi.Output[str]
    """Names the nodes once there are some: what pods are to wait for."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:Cluster", name, None, opts)
        self._name = name
        self._args = args
        self._credentials = Credentials(args.get("credentials", Credentials.POD_IDENTITY))
        self._child = pulumi.ResourceOptions(parent=self)
        self._replaceable = pulumi.ResourceOptions(parent=self, protect=False)

        existing_name = args.get("existing_name")
        existing_kubeconfig = args.get("existing_kubeconfig")
        if existing_name is not None:
            self._adopt_eks(existing_name)
        elif existing_kubeconfig is not None:
            self._adopt_other(existing_kubeconfig)
        else:
            self._create()
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "kubeconfig": self.kubeconfig,
                "node_role_name": self.node_role_name,
                "oidc_provider_arn": self.oidc_provider_arn,
                "vpc_id": self.vpc_id,
                "subnet_ids": self.subnet_ids,
                "nodes": self.nodes,
            }
        )

    def _create(self) -> None:
        # Loaded only here, as below: a cluster that exists does without pulumi-eks and EC2.
        from .control_plane import control_plane, subnets_of

        subnets = subnets_of(
            f"{self._name}-network",
            private_network=self._args.get("private_network", False),
            subnet_ids=self._args.get("subnet_ids", []),
            tags=self._args.get("tags"),
            opts=self._child,
        )
        auto_mode = self._args.get("auto_mode", False)
        cluster = control_plane(
            self._name,
            secrets_key_arn=self._create_secrets_key().arn,
            kubernetes_version=self._args.get("kubernetes_version"),
            auto_mode=auto_mode,
            create_oidc_provider=self._credentials == Credentials.IRSA,
            subnets=subnets,
            public_access_cidrs=self._args.get("public_access_cidrs"),
            tags=self._args.get("tags"),
            opts=self._child,
        )
        self.cluster_name = cluster.eks_cluster.name
        self.cluster_arn = cluster.eks_cluster.arn.apply(_optional)
        self.kubeconfig = cluster.kubeconfig_json
        self.oidc_provider_arn = (
            cluster.oidc_provider_arn.apply(_optional)
            if self._credentials == Credentials.IRSA
            else pulumi.Output.from_input(None)
        )
        # Known before the cluster, where that is possible: endpoints in them are to be there first.
        vpc = cluster.eks_cluster.vpc_config
        self.vpc_id = (subnets.vpc_id if subnets else vpc.vpc_id).apply(_optional)
        self.subnet_ids = subnets.subnet_ids if subnets else vpc.subnet_ids
        if auto_mode:
            self.node_role_name = cluster.auto_mode_node_role_name.apply(_optional)
            self.nodes = cluster.eks_cluster.name
        else:
            nodes = self._create_nodes(cluster, subnets)
            self._create_pod_identity_agent(cluster)
            self.node_role_name = nodes.role_name.apply(_optional)
            self.nodes = nodes.ready

    def _create_secrets_key(self) -> "aws.kms.Key":
        return aws.kms.Key(
            f"{self._name}-secrets",
            description="Kubernetes secrets of the EKS cluster",
            enable_key_rotation=True,
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_nodes(self, cluster: "eks.Cluster", subnets: "Subnets | None") -> "EksNodes":
        from .nodes import EksNodes

        return EksNodes(
            f"{self._name}-nodes",
            {
                "cluster": cluster,
                "instance_types": self._args.get("node_instance_types")
                or [DEFAULT_INSTANCE_TYPES[Architecture.AMD64]],
                # Other languages send every number as a float.
                "count": int(self._args.get("node_count", 2)),
                "pods_use_node_role": self._credentials == Credentials.NODE_ROLE,
                "routed_subnet_ids": subnets.routed_subnet_ids if subnets else [],
                "tags": self._args.get("tags"),
            },
            self._replaceable,
        )

    def _create_pod_identity_agent(self, cluster: "eks.Cluster") -> None:
        aws.eks.Addon(
            f"{self._name}-pod-identity-agent",
            cluster_name=cluster.eks_cluster.name,
            addon_name=POD_IDENTITY_AGENT,
            tags=self._args.get("tags"),
            opts=self._replaceable,
        )

    def _adopt_eks(self, name: pulumi.Input[str]) -> None:
        check_agent = self._args.get("check_pod_identity_agent", True)
        cluster = describe_eks_cluster(name, self._credentials, check_agent, self)
        self.cluster_name = cluster.name
        self.cluster_arn = cluster.arn.apply(_optional)
        self.kubeconfig = pulumi.Output.all(
            cluster.name, cluster.arn, cluster.endpoint, cluster.certificate_authorities[0].data
        ).apply(lambda values: kubeconfig_for(*values))
        self.node_role_name = pulumi.Output.from_input(self._args.get("existing_node_role_name"))
        self.oidc_provider_arn = (
            cluster.apply(lambda described: find_oidc_provider(described, self))
            if self._credentials == Credentials.IRSA
            else pulumi.Output.from_input(None)
        )
        self.vpc_id = cluster.vpc_config.vpc_id.apply(_optional)
        self.subnet_ids = cluster.vpc_config.subnet_ids
        self.nodes = cluster.name

    def _adopt_other(self, kubeconfig: pulumi.Input[str]) -> None:
        self.kubeconfig = pulumi.Output.secret(kubeconfig)
        self.cluster_name = pulumi.Output.unsecret(self.kubeconfig.apply(cluster_name_in))
        self.cluster_arn = pulumi.Output.from_input(None)
        self.node_role_name = pulumi.Output.from_input(self._args.get("existing_node_role_name"))
        self.oidc_provider_arn = pulumi.Output.from_input(
            self._args.get("existing_oidc_provider_arn")
        )
        self.vpc_id = pulumi.Output.from_input(None)
        self.subnet_ids = pulumi.Output.from_input([])
        self.nodes = self.cluster_name


def _optional(value: str) -> str | None:
    return value
