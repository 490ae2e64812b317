"""The worker nodes of a new EKS cluster."""

import json
from collections.abc import Mapping, Sequence
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from ..architecture import AMI_TYPES, Architecture, architecture_of
from ..component import Component
from ..policy_document import PolicyDocument, policy_document

NODE_POLICIES: Final = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryPullOnly",
)
"""The AWS managed policies that a worker node needs (EKS user guide, create-node-role)."""

PARTS: Final = ("instance", "volume", "network-interface")
"""Of a node, what the tags of its group don't reach (EKS user guide, launch-templates; EC2 API
reference, LaunchTemplateTagSpecificationRequest)."""


class EksNodesArgs(TypedDict):
    """Inputs of `EksNodes`."""

    cluster: eks.Cluster
    """The cluster that the nodes join."""

    instance_types: Sequence[str]
    """EC2 instance types; those of one architecture make up one node group."""

    count: int
    """How many nodes each node group has."""

    pods_use_node_role: bool
    """Whether pods may reach the node's credentials, which `node-role` needs.

    Sets the hop limit of the instance metadata service: 2 lets pods in, 1 keeps them out.
    """

    routed_subnet_ids: pulumi.Input[Sequence[str]]
    """The cluster's subnets, known once they have a way out; nodes without one don't join."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes."""


class EksNodes(Component):
    """Managed nodes with a role of their own.

    Makes an IAM role with the policies that a node needs, a launch template (IMDSv2, encrypted
    volumes), and a managed node group (Amazon Linux 2023) for each architecture.
    """

    role_name: pulumi.Output[str]
    """Name of the nodes' IAM role."""

    ready: pulumi.Output[str]
    """Names the node groups once they have their nodes."""

    def __init__(
        self, name: str, args: EksNodesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = args
        self._tags = args.get("tags")

        partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self))
        role = self._create_role(partition.partition)
        role_arn = self._grant_policies(role, partition.partition)
        template = self._create_launch_template()
        groups = [
            self._create_node_group(architecture, role_arn, template)
            for architecture in sorted({architecture_of(each) for each in args["instance_types"]})
        ]

        self.role_name = role.name
        self.ready = pulumi.Output.all(*(group.urn for group in groups)).apply(
            lambda urns: ",".join(urn.split("::")[-1] for urn in urns)
        )
        self._register()

    # Quoted, as all such types: to evaluate one loads its whole service, EC2 in a second.
    def _create_role(self, partition: pulumi.Output[str]) -> "aws.iam.Role":
        return aws.iam.Role(
            self._name,
            description="The EKS cluster's worker nodes",
            assume_role_policy=partition.apply(node_trust_document).apply(json.dumps),
            tags=self._tags,
            opts=self._child,
        )

    def _grant_policies(
        self, role: "aws.iam.Role", partition: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        """Returns the role's ARN, known once nodes may join the cluster, and can.

        What waits for it goes first when the stack is destroyed. Nodes whose network plug-in has
        lost its rights leave network interfaces behind, which hold up the VPC's own end; that
        pulumi-eks removes its add-on earlier does no harm, since it preserves the plug-in.
        """
        attachments = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{policy}",
                role=role.name,
                policy_arn=pulumi.Output.concat("arn:", partition, ":iam::aws:policy/", policy),
                opts=self._child,
            ).id
            for policy in NODE_POLICIES
        ]
        return pulumi.Output.all(role.arn, self._args["routed_subnet_ids"], *attachments).apply(
            lambda known: known[0]
        )

    def _create_launch_template(self) -> "aws.ec2.LaunchTemplate":
        part = aws.ec2.LaunchTemplateTagSpecificationArgs
        return aws.ec2.LaunchTemplate(
            self._name,
            metadata_options={
                "http_tokens": "required",
                "http_put_response_hop_limit": 2 if self._args["pods_use_node_role"] else 1,
            },
            block_device_mappings=[
                {
                    # The root volume of Amazon Linux 2023, in the default size and type of EKS.
                    "device_name": "/dev/xvda",
                    "ebs": {"volume_size": 20, "volume_type": "gp3", "encrypted": "true"},
                }
            ],
            update_default_version=True,
            tag_specifications=pulumi.Output.from_input(self._tags).apply(
                lambda tags: [part(resource_type=each, tags=tags) for each in PARTS if tags] or None
            ),
            tags=self._tags,
            opts=self._child,
        )

    def _create_node_group(
        self,
        architecture: Architecture,
        role_arn: pulumi.Output[str],
        template: "aws.ec2.LaunchTemplate",
    ) -> eks.ManagedNodeGroup:
        count = self._args["count"]
        return eks.ManagedNodeGroup(
            f"{self._name}-{architecture.value}",
            cluster=self._args["cluster"],
            # With a launch template pulumi-eks derives none: they would stay behind.
            version=self._args["cluster"].eks_cluster.version,
            node_role_arn=role_arn,
            ami_type=AMI_TYPES[architecture],
            instance_types=[
                each
                for each in self._args["instance_types"]
                if architecture_of(each) == architecture
            ],
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                desired_size=count, min_size=count, max_size=count
            ),
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            tags=self._tags,
            opts=self._child,
        )


def node_trust_document(partition: str) -> PolicyDocument:
    """Returns the trust policy of a role that EC2 instances take.

    EC2 has one name in all partitions (EKS user guide, create-node-role; IAM refuses
    `ec2.amazonaws.eu` in `aws-eusc`: pulumi-eks, issue 2341), and in China another beside it, which
    EKS asks for (pulumi-eks, pull request 796).
    """
    china = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
    return policy_document(
        {
            "Effect": "Allow",
            "Principal": {"Service": china if partition == "aws-cn" else china[0]},
            "Action": "sts:AssumeRole",
        }
    )
