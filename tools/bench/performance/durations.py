"""How long AWS, Docker and Kubernetes take to make a resource of each type."""

from collections.abc import Mapping
from typing import Final

from tools.lab.deployment import KUBERNETES_PREFIX
from tools.lab.errors import ToolError

SECONDS: Final[Mapping[str, float]] = {
    # Control planes came in 9:22, and in 8:33 and 10:06 (DevopsArtFactory/terraform-provisioning
    # pull request 46; terraform-aws-modules/terraform-aws-eks pull request 3218).
    "aws:eks/cluster:Cluster": 562,
    # Two t3.medium with Amazon Linux 2023.
    "eks:index:ManagedNodeGroup": 130,
    # vpc-cni and eks-pod-identity-agent alike, before there are nodes.
    "aws:eks/addon:Addon": 24,
    # "Eventually consistent, and may take several seconds to be effective" (EKS API reference,
    # CreatePodIdentityAssociation); five to ten (aws/eks-pod-identity-agent issue 52).
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": 10,
    "aws:ec2/natGateway:NatGateway": 94,
    # With DNS host names, which are set in calls of their own.
    "aws:ec2/vpc:Vpc": 12,
    "aws:ec2/internetGateway:InternetGateway": 1,
    "aws:ec2/subnet:Subnet": 1,
    "aws:ec2/routeTable:RouteTable": 1,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": 1,
    "aws:ec2/route:Route": 2,
    "aws:ec2/eip:Eip": 1,
    "aws:ec2/securityGroup:SecurityGroup": 2,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 2,
    "aws:ec2/launchTemplate:LaunchTemplate": 6,
    # Not seen, assumed. It delays no first trace.
    "aws:ec2/vpcEndpoint:VpcEndpoint": 90,
    "aws:kms/key:Key": 29,
    "aws:iam/role:Role": 1,
    "aws:iam/policy:Policy": 1,
    # A second, and some more until it holds everywhere (IAM user guide, troubleshoot).
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 10,
    "aws:ecr/repository:Repository": 1,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": 1,
    "aws:xray/samplingRule:SamplingRule": 1,
    "aws:xray/group:Group": 1,
    # Assumed: a base pulled, packages installed, the image pushed.
    "docker:index/image:Image": 60,
    # Assumed: AWS's layers from one registry to the other.
    "docker-build:index:Index": 30,
    "pulumi:providers:kubernetes": 0,
    # Assumed: ready on a node that pulls its image first.
    f"{KUBERNETES_PREFIX}apps/v1:DaemonSet": 10,
    f"{KUBERNETES_PREFIX}apps/v1:Deployment": 10,
}
"""Seconds by type, as seen where nothing else is said: Saptak-cyber/DevOps_Assignments,
final-devops-project/README.md, October 2026 (control plane, node group, add-ons, NAT gateway); the
VPC, the key and the small ones in a public log of a cluster made by terraform-aws-modules in
us-east-1, May 2023. Whatever they are, both orders are timed with the same ones.
"""

OBJECT_SECONDS: Final = 1.0
"""A Kubernetes object that starts no pod: one call of the API server."""


def seconds_of(resource_type: str) -> float:
    """Returns how long one resource of a type takes.

    Raises:
        ToolError: No duration of that type is known.
    """
    if resource_type in SECONDS:
        return SECONDS[resource_type]
    if resource_type.startswith(KUBERNETES_PREFIX):
        return OBJECT_SECONDS
    raise ToolError(
        f"durations.py has no duration of {resource_type}; it must have one, since a stack that is "
        "measured declares such a resource."
    )
