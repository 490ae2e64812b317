"""The Kubernetes cluster that is traced: a new EKS cluster or an existing cluster."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from ..architecture import DEFAULT_INSTANCE_TYPES, Architecture
from ..choices import CredentialSource
from ..component import Component
from .args import CLUSTER, ClusterArgs
from .existing import POD_IDENTITY_AGENT, describe_eks_cluster, find_oidc_provider
from .kubeconfig import cluster_name_in, credential_options, kubeconfig_for
from .transform import transform_for

if TYPE_CHECKING:
    import pulumi_eks as eks

    from .nodes import EksNodes
    from .subnets import Subnets


class Cluster(Component):
    """An EKS cluster by pulumi-eks with managed nodes, or an existing cluster.

    Makes, for a new cluster: a VPC where one is asked for, a KMS key for its secrets, a log group,
    the EKS cluster (API authentication, control-plane logs, NetworkPolicy enforced by the VPC CNI),
    CoreDNS, and either `EksNodes` and the Pod Identity agent, or those of EKS Auto Mode. The option
    `protect` is for all but the nodes and the add-ons, which can be made again.

    Raises:
        pulumi.RunError: An input is wrong, or an existing cluster lacks what it needs.
    """

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""

    cluster_arn: pulumi.Output[str | None]
    """ARN of the cluster; none where it is not EKS."""

    kubeconfig: pulumi.Output[str]
    """A kubeconfig; for EKS (as JSON), it asks the AWS CLI for a token and holds no secret. The CLI
    gets the program's `aws:profile` and `aws:assumeRoles`, and nothing of a provider in `opts`."""

    node_role_name: pulumi.Output[str | None]
    """Name of the worker nodes' IAM role, where it is known."""

    oidc_provider_arn: pulumi.Output[str | None]
    """ARN of the cluster's IAM OIDC provider; only where `credential_source` is `irsa`."""

    vpc_id: pulumi.Output[str | None]
    """VPC of the cluster; none where it is not EKS."""

    subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets of the cluster; none where it is not EKS."""

    nodes: pulumi.Output[str]
    """Resolves once the nodes are ready; pass it as a prerequisite."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        self._args = CLUSTER.complete(args, f"Cluster {name}")
        cluster_name, kubeconfig = self._args["cluster_name"], self._args["kubeconfig"]
        if cluster_name is None and kubeconfig is None:
            # It starts a server, on which a program that fails may crash (pulumi, _callbacks.py).
            changed = pulumi.ResourceOptions(transforms=[transform_for(self._args)])
            opts = pulumi.ResourceOptions.merge(opts, changed)
        super().__init__(name, opts)
        self._source = self._args["credential_source"]
        self._replaceable = pulumi.ResourceOptions(parent=self, protect=False)

        if cluster_name is not None:
            self._use_eks(cluster_name)
        elif kubeconfig is not None:
            self._use_other(kubeconfig)
        else:
            self._create()
        self._register()

    def provider(self, name: str) -> kubernetes.Provider:
        """Returns a Kubernetes provider for the cluster, with a resource name."""
        return kubernetes.Provider(
            name,
            kubeconfig=self.kubeconfig,
            # PULUMI_K8S_UPSERT_EXISTING_OBJECTS takes over objects, which destroy then deletes.
            upsert_existing_objects=False,
            # A new endpoint or certificate is not a new cluster.
            cluster_identifier=pulumi.Output.all(self.cluster_arn, self.cluster_name).apply(
                lambda names: names[0] or names[1]
            ),
        )

    def _create(self) -> None:
        # Loaded only here, as below: an existing cluster does without pulumi-eks and EC2.
        from .control_plane import control_plane
        from .subnets import subnets_of

        if self._args["auto_mode"] and Architecture.AMD64 not in self._args["architectures"]:
            raise pulumi.RunError(
                "architectures is [arm64]; it must include amd64 when autoMode is true, since the "
                "nodes that EKS then starts for any pod are amd64."
            )
        subnets = subnets_of(f"{self._name}-network", self._args, self._child)
        secrets_key = self._create_secrets_key()
        cluster = control_plane(self._name, self._args, subnets, secrets_key, self._child)
        self.cluster_name = cluster.eks_cluster.name
        self.cluster_arn = cluster.eks_cluster.arn.apply(_optional)
        self.kubeconfig = self._kubeconfig_for(
            cluster.eks_cluster, cluster.eks_cluster.certificate_authority.data
        )
        self.oidc_provider_arn = (
            cluster.oidc_provider_arn.apply(_optional)
            if self._source == CredentialSource.IRSA
            else pulumi.Output.from_input(None)
        )
        # Known before the cluster, where that is possible: endpoints in them are to be there first.
        vpc = cluster.eks_cluster.vpc_config
        self.vpc_id = subnets.vpc_id.apply(_optional)
        self.subnet_ids = vpc.subnet_ids if subnets.of_default_vpc else subnets.subnet_ids
        nodes = None
        if self._args["auto_mode"]:
            self.node_role_name = cluster.auto_mode_node_role_name.apply(_optional)
            self.nodes = cluster.eks_cluster.name
        else:
            nodes = self._create_nodes(cluster, subnets)
            self._create_addon(POD_IDENTITY_AGENT, cluster)
            self.node_role_name = nodes.role_name.apply(_optional)
            self.nodes = nodes.ready
        # In release 0.1.0 pulumi-eks made it where there is Auto Mode.
        options = pulumi.ResourceOptions(depends_on=nodes, aliases=[pulumi.Alias(parent=cluster)])
        self._create_addon("coredns", cluster, options)

    def _create_secrets_key(self) -> "aws.kms.Key":
        return aws.kms.Key(
            f"{self._name}-secrets",
            description="Kubernetes secrets of the EKS cluster",
            enable_key_rotation=True,
            tags=self._args["tags"],
            opts=self._child,
        )

    def _create_nodes(self, cluster: "eks.Cluster", subnets: "Subnets") -> "EksNodes":
        from .nodes import EksNodes

        return EksNodes(
            f"{self._name}-nodes",
            {
                "cluster": cluster,
                "instance_types": self._args["node_instance_types"]
                or [DEFAULT_INSTANCE_TYPES[each] for each in self._args["architectures"]],
                "count": self._args["node_count"],
                "pods_use_node_role": self._source == CredentialSource.NODE_ROLE,
                "routed_subnet_ids": subnets.routed_subnet_ids,
                "tags": self._args["tags"],
            },
            self._replaceable,
        )

    def _create_addon(
        self, addon: str, cluster: "eks.Cluster", options: pulumi.ResourceOptions | None = None
    ) -> None:
        aws.eks.Addon(
            f"{self._name}-{addon.removeprefix('eks-')}",
            cluster_name=cluster.eks_cluster.name,
            addon_name=addon,
            addon_version=self._args["addon_versions"].get(addon),
            preserve=True,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            tags=self._args["tags"],
            opts=pulumi.ResourceOptions.merge(self._replaceable, options),
        )

    def _use_eks(self, name: pulumi.Input[str]) -> None:
        asking = pulumi.InvokeOptions(parent=self)
        cluster = pulumi.Output.from_input(name).apply(
            lambda known: describe_eks_cluster(known, self._args, asking)
        )
        self.cluster_name = cluster.name
        self.cluster_arn = cluster.arn.apply(_optional)
        self.kubeconfig = self._kubeconfig_for(cluster, cluster.certificate_authorities[0].data)
        self.node_role_name = pulumi.Output.from_input(self._args["node_role_name"])
        self.oidc_provider_arn = (
            cluster.apply(lambda described: find_oidc_provider(described, asking))
            if self._source == CredentialSource.IRSA
            else pulumi.Output.from_input(None)
        )
        self.vpc_id = cluster.vpc_config.vpc_id.apply(_optional)
        self.subnet_ids = cluster.vpc_config.subnet_ids
        self.nodes = cluster.name

    def _kubeconfig_for(
        self,
        cluster: "pulumi.Output[aws.eks.Cluster] | pulumi.Output[aws.eks.GetClusterResult]",
        certificate: pulumi.Output[str],
    ) -> pulumi.Output[str]:
        # Another provider can't be asked what it was made with.
        explicit = self.get_provider("aws:eks/cluster:Cluster") is not None
        options = [] if explicit else credential_options()
        return pulumi.Output.all(cluster.name, cluster.arn, cluster.endpoint, certificate).apply(
            lambda known: kubeconfig_for(*known, options=options)
        )

    def _use_other(self, kubeconfig: pulumi.Input[str]) -> None:
        self.kubeconfig = pulumi.Output.secret(kubeconfig)
        self.cluster_name = pulumi.Output.unsecret(self.kubeconfig.apply(cluster_name_in))
        self.cluster_arn = pulumi.Output.from_input(None)
        self.node_role_name = pulumi.Output.from_input(self._args["node_role_name"])
        self.oidc_provider_arn = pulumi.Output.from_input(self._args["oidc_provider_arn"])
        self.vpc_id = pulumi.Output.from_input(None)
        self.subnet_ids = pulumi.Output.from_input([])
        self.nodes = self.cluster_name


def _optional(value: str) -> str | None:
    return value
