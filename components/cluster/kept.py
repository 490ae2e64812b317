"""What stays as it is on a cluster that is there, whatever AWS is asked and says the next time."""

from collections.abc import Collection
from typing import Final

import pulumi

CLUSTER: Final = "aws:eks/cluster:Cluster"

SUBNETS: Final = {CLUSTER: ["vpcConfig.subnetIds"], "aws:eks/nodeGroup:NodeGroup": ["subnetIds"]}
"""Others would be new node groups (hashicorp/terraform-provider-aws, node_group.go: ForceNew)."""


def keeping(
    args: pulumi.ResourceTransformArgs, *, subnets: bool, pinned: Collection[str]
) -> pulumi.ResourceTransformResult | None:
    """Returns a resource that doesn't follow what AWS is asked; none where it may.

    A transform reaches what pulumi-eks makes inside itself: it gives the cluster the subnets, and
    add-ons the newest version, of that moment (nodejs/eks/cluster/cluster.ts).

    Args:
        args: The resource.
        subnets: Whether AWS was asked for its subnets.
        pinned: Names of the add-ons that are given a version.
    """
    # Clusters of release 0.1.0 have a name that Pulumi chose: with another they would be new ones.
    kept = ["name"] if args.type_ == CLUSTER else []
    if subnets:
        kept += SUBNETS.get(args.type_, [])
    if args.type_ == "aws:eks/addon:Addon" and args.props["addonName"] not in pinned:
        kept += ["addonVersion"]
    if not kept:
        return None
    ignoring = pulumi.ResourceOptions(ignore_changes=kept)
    return pulumi.ResourceTransformResult(
        args.props, pulumi.ResourceOptions.merge(args.opts, ignoring)
    )
