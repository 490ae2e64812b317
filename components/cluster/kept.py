"""What stays as it is on a cluster that is there, whatever AWS is asked and says the next time."""

from collections.abc import Collection
from typing import Final

import pulumi

SUBNETS: Final = {
    "aws:eks/cluster:Cluster": "vpcConfig.subnetIds",
    "aws:eks/nodeGroup:NodeGroup": "subnetIds",
}
"""Others would be new node groups (hashicorp/terraform-provider-aws, node_group.go: ForceNew)."""


def keeping(
    args: pulumi.ResourceTransformArgs, *, subnets: bool, pinned: Collection[str]
) -> pulumi.ResourceTransformResult | None:
    """Returns a resource that ignores what AWS answers the next time; none if it asks nothing.

    A transform reaches what pulumi-eks makes inside itself, with the newest version of each add-on
    (nodejs/eks/cluster/cluster.ts).

    Args:
        args: The resource.
        subnets: Whether AWS was asked for its subnets.
        pinned: Names of the add-ons that are given a version.
    """
    kept = [SUBNETS[args.type_]] if subnets and args.type_ in SUBNETS else []
    if args.type_ == "aws:eks/cluster:Cluster":
        kept.append("name")  # In release 0.1.0 Pulumi chose it.
    if args.type_ == "aws:eks/addon:Addon" and args.props["addonName"] not in pinned:
        kept.append("addonVersion")
    options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=kept))
    return pulumi.ResourceTransformResult(args.props, options) if kept else None
