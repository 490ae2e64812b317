"""What pulumi-eks makes inside its cluster, which the program declares as one resource."""

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Final

from tools.lab.deployment import Resource, child_of

EKS_CLUSTER: Final = "eks:index:Cluster"

ADDON: Final = "aws:eks/addon:Addon"

INSIDE: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "eksRole-role": ("aws:iam/role:Role", ()),
    "eksRole": ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", ("eksRole-role",)),
    "eksClusterSecurityGroup": ("aws:ec2/securityGroup:SecurityGroup", ()),
    "eksCluster": ("aws:eks/cluster:Cluster", ("eksRole", "eksClusterSecurityGroup")),
    "kube-proxy": (ADDON, ("eksCluster",)),
    "vpc-cni": (ADDON, ("eksCluster",)),
}
"""Last part of the name, type, and what it waits for inside, of what takes its time (pulumi-eks
4.4, nodejs/eks/cluster/cluster.ts and nodejs/eks/servicerole.ts; Auto Mode has no add-ons)."""


def open_component(component: Resource, needed: Set[str]) -> list[Resource]:
    """Returns a cluster by pulumi-eks and what is inside, each with what it waits for itself.

    The component begins once it has all of its inputs, and everything inside with it. It has its
    outputs once everything inside is made (pulumi/pulumi, sdk/nodejs/provider/server.ts: it waits
    for all calls before it answers).

    Args:
        component: The cluster.
        needed: URNs of what its inputs wait for.
    """
    parts = {
        name: child_of(component, resource_type, f"{component.name}-{name}")
        for name, (resource_type, _) in INSIDE.items()
    }
    inside = [
        replace(
            part, dependencies=frozenset({*needed, *(parts[each].urn for each in INSIDE[name][1])})
        )
        for name, part in parts.items()
    ]
    return [*inside, replace(component, dependencies=frozenset(part.urn for part in inside))]
