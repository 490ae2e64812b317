"""The Kubernetes cluster that is traced: a new EKS cluster, or one that exists."""

import json
from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from .kubeconfig import kubeconfig_for

NODE_POLICIES: Final = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
)
"""AWS's policies that a worker node needs (EKS user guide, create-node-role)."""

CONTROL_PLANE_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""Every log that EKS's control plane can write (EKS user guide, control-plane-logs)."""

NODE_AMI_TYPE: Final = "AL2023_x86_64_STANDARD"
"""Amazon Linux 2023, EKS's own image for amd64 (EKS API reference, Nodegroup)."""


class ClusterArgs(TypedDict):
    """Inputs of `Cluster`."""

    existing_name: NotRequired[pulumi.Input[str] | None]
    """Name of an EKS cluster to adopt. Nothing on it is changed. Default: make a new one."""

    existing_node_role_name: NotRequired[pulumi.Input[str] | None]
    """Name of the adopted cluster's node role; only `node-role` credentials need it."""

    kubernetes_version: NotRequired[pulumi.Input[str | None]]
    """Kubernetes version of a new cluster. Default: EKS's own at the time."""

    node_instance_type: NotRequired[pulumi.Input[str]]
    """EC2 instance type of a new cluster's nodes (amd64). Default: `t3.medium`."""

    node_count: NotRequired[pulumi.Input[int]]
    """How many nodes a new cluster has. Default: 2."""

    pods_use_node_role: NotRequired[pulumi.Input[bool]]
    """Whether pods may reach the node's credentials, which `node-role` needs. Default: no.

    Sets the hop limit of the instance metadata service: 2 lets pods in, 1 keeps them out.
    """

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes."""


class Cluster(pulumi.ComponentResource):
    """An EKS cluster by pulumi-eks with nodes of our own role, or an existing one by name.

    Makes, for a new cluster: a KMS key for its secrets, the EKS cluster (API authentication,
    control-plane logs, NetworkPolicy enforced by the VPC CNI), the nodes' IAM role, a launch
    template (IMDSv2), a managed node group (Amazon Linux 2023), and the Pod Identity agent.
    """

    cluster_name: pulumi.Output[str]
    """Name of the cluster."""

    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""

    kubeconfig: pulumi.Output[str]
    """A kubeconfig (JSON) that asks the AWS CLI for its token; holds no secret."""

    node_role_name: pulumi.Output[str | None]
    """Name of the worker nodes' IAM role, where it is known."""

    oidc_issuer: pulumi.Output[str]
    """The cluster's OIDC issuer, without `https://`."""

    nodes: pulumi.Output[str]
    """Names the nodes once there are some: what pods are to wait for."""

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:Cluster", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)

        existing_name = args.get("existing_name")
        if existing_name is None:
            self._create()
        else:
            self._adopt(existing_name)
        self.register_outputs(
            {
                "cluster_name": self.cluster_name,
                "cluster_arn": self.cluster_arn,
                "kubeconfig": self.kubeconfig,
                "node_role_name": self.node_role_name,
                "oidc_issuer": self.oidc_issuer,
                "nodes": self.nodes,
            }
        )

    def _create(self) -> None:
        cluster = self._create_control_plane(self._create_secrets_key())
        node_role = self._create_node_role()
        node_group = self._create_node_group(
            cluster, self._grant_node_policies(node_role), self._create_launch_template()
        )
        self._create_pod_identity_agent(cluster)

        self.cluster_name = cluster.eks_cluster.name
        self.cluster_arn = cluster.eks_cluster.arn
        self.kubeconfig = cluster.kubeconfig_json
        self.node_role_name = node_role.name.apply(_optional)
        self.oidc_issuer = cluster.oidc_issuer
        self.nodes = node_group.urn.apply(lambda urn: urn.split("::")[-1])

    def _adopt(self, existing_name: pulumi.Input[str]) -> None:
        cluster = aws.eks.get_cluster_output(
            name=existing_name, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.cluster_name = cluster.name
        self.cluster_arn = cluster.arn
        self.kubeconfig = pulumi.Output.all(
            cluster.name, cluster.arn, cluster.endpoint, cluster.certificate_authorities[0].data
        ).apply(lambda values: kubeconfig_for(*values))
        self.node_role_name = pulumi.Output.from_input(self._args.get("existing_node_role_name"))
        self.oidc_issuer = (
            cluster.identities[0]
            .oidcs[0]
            .issuer.apply(lambda issuer: issuer.removeprefix("https://"))
        )
        self.nodes = cluster.name

    def _create_secrets_key(self) -> aws.kms.Key:
        return aws.kms.Key(
            f"{self._name}-secrets",
            description="Kubernetes secrets of the EKS cluster",
            enable_key_rotation=True,
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_control_plane(self, secrets_key: aws.kms.Key) -> eks.Cluster:
        return eks.Cluster(
            self._name,
            version=self._args.get("kubernetes_version"),
            authentication_mode=eks.AuthenticationMode.API,
            enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
            encryption_config_key_arn=secrets_key.arn,
            endpoint_private_access=True,
            endpoint_public_access=True,
            skip_default_node_group=True,
            vpc_cni_options={"enable_network_policy": True},
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_node_role(self) -> aws.iam.Role:
        return aws.iam.Role(
            f"{self._name}-nodes",
            description="The EKS cluster's worker nodes",
            assume_role_policy=json.dumps(NODE_TRUST),
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _grant_node_policies(self, role: aws.iam.Role) -> pulumi.Output[str]:
        """Returns the role's ARN, known once the nodes may join the cluster."""
        partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self)).partition
        attachments = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-nodes-{policy}",
                role=role.name,
                policy_arn=pulumi.Output.concat("arn:", partition, ":iam::aws:policy/", policy),
                opts=self._child,
            ).id
            for policy in NODE_POLICIES
        ]
        return pulumi.Output.all(role.arn, *attachments).apply(lambda ids: ids[0])

    # Quoted, here and below: to evaluate this name loads all of EC2, which takes a second.
    def _create_launch_template(self) -> "aws.ec2.LaunchTemplate":
        hops = pulumi.Output.from_input(self._args.get("pods_use_node_role", False))
        return aws.ec2.LaunchTemplate(
            f"{self._name}-nodes",
            metadata_options={
                "http_tokens": "required",
                "http_put_response_hop_limit": hops.apply(lambda pods: 2 if pods else 1),
            },
            update_default_version=True,
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_node_group(
        self,
        cluster: eks.Cluster,
        role_arn: pulumi.Output[str],
        template: "aws.ec2.LaunchTemplate",
    ) -> eks.ManagedNodeGroup:
        count = self._args.get("node_count", 2)
        return eks.ManagedNodeGroup(
            f"{self._name}-nodes",
            cluster=cluster,
            node_role_arn=role_arn,
            ami_type=NODE_AMI_TYPE,
            instance_types=[self._args.get("node_instance_type", "t3.medium")],
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                desired_size=count, min_size=count, max_size=count
            ),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_pod_identity_agent(self, cluster: eks.Cluster) -> None:
        aws.eks.Addon(
            f"{self._name}-pod-identity-agent",
            cluster_name=cluster.eks_cluster.name,
            addon_name="eks-pod-identity-agent",
            tags=self._args.get("tags"),
            opts=self._child,
        )


NODE_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
"""Lets EC2 instances take the nodes' role."""


def _optional(name: str) -> str | None:
    return name
