"""Changes of settings of the cluster, its nodes and its network."""

import json
from collections.abc import Mapping
from typing import Any, Final

from .change import (
    AGENT,
    ASSOCIATION,
    CLUSTER,
    DAEMON_SET,
    LAUNCH_TEMPLATE,
    NODE_ROLE,
    NODE_ROLE_POLICY,
    NODES,
    POD_ROLE,
    PROVIDER,
    SERVICE_A,
    SERVICE_B,
    Change,
)


def _kubeconfig(server: str) -> str:
    cluster = {"name": "kops.example.com", "cluster": {"server": server}}
    context = {"name": "operator", "context": {"cluster": "kops.example.com"}}
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "operator",
            "contexts": [context],
            "clusters": [cluster],
        }
    )


_KOPS: Final[Mapping[str, Any]] = {
    "kubeconfig": _kubeconfig("https://localhost"),
    "credentials": "irsa",
    "oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/kops.example.com",
}

_NODE_POLICIES: Final = frozenset(
    f"aws:RolePolicyAttachment xray-nodes-{policy}"
    for policy in (
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
    )
)

_NETWORK: Final = frozenset(
    {
        "aws:DefaultSecurityGroup xray-network-default",
        "aws:Eip xray-network-nat",
        "aws:InternetGateway xray-network",
        "aws:NatGateway xray-network-nat",
        "aws:Vpc xray-network",
        *(f"aws:Route xray-network-{kind}" for kind in ("public", "private")),
        *(f"aws:RouteTable xray-network-{kind}" for kind in ("public", "private")),
        *(
            f"aws:{each} xray-network-{kind}-{number}"
            for each in ("Subnet", "RouteTableAssociation")
            for kind in ("public", "private")
            for number in range(2)
        ),
    }
)

OF_CLUSTER: Final[Mapping[str, Change]] = {
    "kubernetesVersion": Change({"kubernetesVersion": "1.34"}, touched=frozenset({CLUSTER})),
    "nodeInstanceTypes": Change(
        {"nodeInstanceTypes": ["m7i.large"]},
        touched=frozenset({NODES}),
        replaced=frozenset({NODES}),
    ),
    "nodeCount": Change({"nodeCount": 3}, touched=frozenset({NODES})),
    "publicAccessCidrs": Change(
        {"publicAccessCidrs": ["203.0.113.0/24"]}, touched=frozenset({CLUSTER})
    ),
    "protectCluster": Change({"protectCluster": True}),
    "checkPodIdentityAgent": Change({"checkPodIdentityAgent": False}),
    "architectures": Change(
        {"architectures": ["amd64", "arm64"]},
        # Docker's other builder makes images of several platforms: other resources.
        touched=frozenset({DAEMON_SET, SERVICE_A, SERVICE_B}),
        made=frozenset(
            {
                "docker-build:Image sample-services-image",
                "docker-build:Image xray-daemon-image",
                "eks:ManagedNodeGroup xray-nodes-arm64",
            }
        ),
        removed=frozenset({"docker:Image sample-services-image", "docker:Image xray-daemon-image"}),
    ),
    "autoMode": Change(
        {"autoMode": True},
        touched=frozenset({CLUSTER, DAEMON_SET, SERVICE_A, SERVICE_B}),
        removed=frozenset({AGENT, LAUNCH_TEMPLATE, NODE_ROLE, NODES, *_NODE_POLICIES}),
    ),
    # EKS refuses to move a cluster to another VPC, which Pulumi says when it comes to it.
    "subnetIds": Change(
        {"subnetIds": ["subnet-01234567", "subnet-89abcdef"]}, touched=frozenset({CLUSTER})
    ),
    "privateNetwork": Change({"privateNetwork": True}, touched=frozenset({CLUSTER}), made=_NETWORK),
    "vpcEndpoints": Change(
        {"vpcEndpoints": ["xray"]},
        made=frozenset({"aws:SecurityGroup vpc-endpoints", "aws:VpcEndpoint vpc-endpoints-xray"}),
    ),
    "clusterName": Change(
        {"clusterName": "mall"},
        touched=frozenset({ASSOCIATION, POD_ROLE, PROVIDER, DAEMON_SET, SERVICE_A, SERVICE_B}),
        replaced=frozenset({ASSOCIATION, PROVIDER}),
        before={"clusterName": "shop"},
    ),
    "nodeRoleName": Change(
        {"nodeRoleName": "mall-nodes"},
        touched=frozenset({NODE_ROLE_POLICY}),
        replaced=frozenset({NODE_ROLE_POLICY}),
        before={"clusterName": "shop", "credentials": "node-role", "nodeRoleName": "shop-nodes"},
    ),
    # The same cluster by another address.
    "kubeconfig": Change(
        {"kubeconfig": _kubeconfig("https://kops.example.com")},
        touched=frozenset({PROVIDER}),
        before=_KOPS,
    ),
    "oidcProviderArn": Change(
        {"oidcProviderArn": "arn:aws:iam::123456789012:oidc-provider/oidc.example.com"},
        touched=frozenset({POD_ROLE}),
        before=_KOPS,
    ),
}
"""By the setting's name."""
