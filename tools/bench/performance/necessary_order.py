"""Which waits are necessary, argued one by one, whatever the program declares."""

from collections.abc import Sequence
from typing import Final

from components.cluster.network import ZONES

from .need import Need

FIRST_TRACE: Final = "first trace"
"""The step that ends when a request to Service-A can be seen in X-Ray."""

NAMESPACED: Final = (
    *("kubernetes:ConfigMap *", "kubernetes:DaemonSet *", "kubernetes:Deployment *"),
    *("kubernetes:NetworkPolicy *", "kubernetes:PodDisruptionBudget *", "kubernetes:Service *"),
    "kubernetes:ServiceAccount *",
)

INTERFACE_ENDPOINTS: Final = "aws:VpcEndpoint *[!3]"
"""All but that of S3, which is a gateway's."""

NAT_ROUTES: Final = "aws:RouteTableAssociation *-public-0"
"""Binds the NAT gateway's subnet to its routes."""

WRITERS: Final = ("kubernetes:DaemonSet *", "kubernetes:Deployment xray-gateway-*")
"""Workloads whose pods may write traces."""

PODS: Final = (*WRITERS, "kubernetes:Deployment sample-*")


NECESSARY: Final[Sequence[Need]] = (
    Need(
        (
            *("aws:InternetGateway *", "aws:RouteTable *", "aws:Subnet *"),
            *("aws:SecurityGroup *", "aws:DefaultSecurityGroup *"),
        ),
        ("aws:Vpc *",),
        "They are parts of a VPC.",
    ),
    Need(
        ("aws:Route *-public",),
        ("aws:InternetGateway *", "aws:RouteTable *-public"),
        "It leads from the one to the other.",
    ),
    Need(
        ("aws:NatGateway *",),
        ("aws:Eip *", "aws:InternetGateway *", "aws:Subnet *-public-0"),
        "AWS refuses one without an address, or in a VPC without a way out.",
    ),
    Need(
        ("aws:Route *-private",),
        ("aws:NatGateway *", "aws:RouteTable *-private"),
        "It leads from the one to the other.",
    ),
    *(
        Need(
            (f"aws:RouteTableAssociation *-{kind}-{number}",),
            (f"aws:RouteTable *-{kind}", f"aws:Subnet *-{kind}-{number}"),
            "It binds the one to the other.",
        )
        for kind in ("public", "private")
        for number in range(ZONES)
    ),
    Need(
        (INTERFACE_ENDPOINTS,),
        ("aws:SecurityGroup vpc-endpoints", "aws:Subnet *-private-*"),
        "Its interfaces are in these subnets, behind this group.",
    ),
    Need(
        ("aws:VpcEndpoint *-s3",),
        ("aws:RouteTable *",),
        "It is a way in each of the VPC's route tables, which are looked up.",
    ),
    Need(
        ("aws:RolePolicyAttachment *-eksRole",),
        ("aws:Role *-eksRole-role",),
        "A policy is attached to a role.",
    ),
    Need(
        ("aws:Cluster *",),
        ("aws:Key *",),
        "Its secrets are encrypted by this key from the first one on; EKS takes no other later.",
    ),
    Need(
        ("aws:Cluster *",),
        ("aws:RolePolicyAttachment *-eksRole",),
        "EKS looks whether the role has its policy.",
    ),
    Need(
        ("aws:Cluster *",),
        ("aws:SecurityGroup *-eksClusterSecurityGroup", "aws:Subnet *-private-*"),
        "EKS puts network interfaces there. It needs no way out: its own is AWS's.",
    ),
    Need(("aws:Addon *",), ("aws:Cluster *",), "An add-on is a part of a cluster."),
    Need(
        ("aws:RolePolicyAttachment *-nodes-*",),
        ("aws:Role *-nodes",),
        "A policy is attached to a role.",
    ),
    Need(
        ("eks:ManagedNodeGroup *",),
        ("aws:Cluster *", "aws:LaunchTemplate *", "aws:RolePolicyAttachment *-nodes-*"),
        "A node is started from a template, and joins a cluster by the rights of its role.",
    ),
    Need(
        ("eks:ManagedNodeGroup *",),
        ("aws:Addon *-vpc-cni",),
        "A plug-in that is told later to enforce NetworkPolicies does so for new pods alone; what "
        "is to be on every node is deployed before nodes (terraform-aws-eks pull request 2478).",
    ),
    Need(
        ("eks:ManagedNodeGroup *",),
        ("aws:Route *", "aws:RouteTableAssociation *-private-*", NAT_ROUTES),
        "A node without a way to EKS, EC2 and a registry does not join, and its group fails.",
    ),
    Need(
        ("aws:Role write-access-role",),
        ("aws:Cluster *",),
        "It trusts this cluster alone, by an ARN with a name that is made with it.",
    ),
    Need(
        ("aws:RolePolicyAttachment write-access-role-policy",),
        ("aws:Policy write-access-*", "aws:Role write-access-*"),
        "A policy is attached to a role.",
    ),
    Need(
        ("aws:RolePolicyAttachment write-access-node-role",),
        ("aws:Policy write-access-*", "aws:Role *-nodes"),
        "A policy is attached to a role.",
    ),
    Need(
        ("aws:PodIdentityAssociation *",),
        ("aws:Cluster *", "aws:Role write-access-role"),
        "It binds a role to a service account of a cluster; neither account nor pod must be there.",
    ),
    Need(
        ("aws:LifecyclePolicy xray-daemon-*",),
        ("aws:Repository xray-daemon-repository",),
        "It is a part of the repository.",
    ),
    Need(
        ("aws:LifecyclePolicy sample-services-*",),
        ("aws:Repository sample-services-repository",),
        "It is a part of the repository.",
    ),
    Need(
        ("docker*:* xray-daemon-image",),
        ("aws:Repository xray-daemon-repository",),
        "An image is pushed into a repository.",
    ),
    Need(
        ("docker*:* sample-services-image",),
        ("aws:Repository sample-services-repository",),
        "An image is pushed into a repository.",
    ),
    Need(
        ("pulumi:kubernetes *",),
        ("aws:Cluster *",),
        "It asks the API server, whose address and certificate come with the cluster.",
    ),
    Need(
        ("kubernetes:Namespace *", *NAMESPACED),
        ("pulumi:kubernetes *",),
        "Objects are kept by the API server, which needs no nodes for it.",
    ),
    Need(NAMESPACED, ("kubernetes:Namespace *",), "The API server refuses them without it."),
    Need(PODS, ("eks:ManagedNodeGroup *",), "A pod runs on a node."),
    Need(WRITERS, ("docker*:* xray-daemon-image",), "A pod runs an image."),
    Need(("kubernetes:Deployment sample-*",), ("docker*:* sample-services-image",), "Likewise."),
    Need(
        WRITERS,
        ("kubernetes:ServiceAccount *",),
        "The API server refuses a pod without its service account.",
    ),
    Need(
        WRITERS,
        ("aws:PodIdentityAssociation *",),
        "EKS gives a pod its credentials when it is admitted, and never later (EKS user guide, "
        "pod-id-how-it-works).",
    ),
    Need(
        ("kubernetes:DaemonSet *",),
        ("kubernetes:ConfigMap xray-collector-*",),
        "A collector reads its files when it starts.",
    ),
    Need(
        ("kubernetes:Deployment xray-gateway-*",),
        ("kubernetes:ConfigMap xray-gateway-*",),
        "A collector reads its files when it starts.",
    ),
    Need(
        ("kubernetes:DaemonSet *",),
        ("kubernetes:Deployment xray-gateway-*", "kubernetes:Service xray-gateway-*"),
        "A cluster's DNS remembers for up to 30 seconds that there was no gateway, which costs "
        "more than to wait for it.",
    ),
    Need(
        (FIRST_TRACE,),
        (*PODS, "kubernetes:Service *"),
        "Service-A is asked, asks Service-B, and hands its segment to the daemon, all by name.",
    ),
    Need(
        (FIRST_TRACE,),
        (
            *("aws:RolePolicyAttachment write-access-*", "aws:PodIdentityAssociation *"),
            "aws:Addon *-pod-identity-agent",
        ),
        "X-Ray takes traces of those alone who may write them; with Pod Identity, their "
        "credentials come from the agent.",
    ),
)
"""In the order of what is made; what a stack does not have, nothing waits for."""

BY_PULUMI_EKS: Final[Sequence[Need]] = (
    Need(
        ("aws:Role *-eksRole-role", "aws:SecurityGroup *-eksClusterSecurityGroup"),
        ("aws:Key *", "aws:Subnet *-private-*"),
        "Its component begins, and all inside with it, once it has all inputs. A role of our own "
        "need not wait, but would replace every cluster that is there: EKS changes no role.",
    ),
    Need(
        ("eks:Cluster *",),
        ("aws:Addon *-kube-proxy", "aws:Addon *-vpc-cni"),
        "Its component has its outputs once everything inside is made.",
    ),
    Need(
        (
            *("eks:ManagedNodeGroup *", "aws:Addon *-pod-identity-agent", "pulumi:kubernetes *"),
            *("aws:Role write-access-role", "aws:PodIdentityAssociation *"),
        ),
        ("eks:Cluster *",),
        "They are made from its outputs.",
    ),
)
"""Waits that are not necessary in themselves, but are where pulumi-eks makes the cluster."""
