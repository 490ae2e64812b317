"""What a cluster's inputs change of resources that others make for it, such as pulumi-eks."""

import pulumi

from .args import ClusterArgs


def transform_for(args: ClusterArgs) -> pulumi.ResourceTransform:
    """Returns a transform for all that is made for a cluster.

    Roles get their boundary and path; handed to pulumi-eks, another role would replace a cluster.
    A cluster that is there stays as it is, whatever AWS answers the next time; pulumi-eks asks for
    the newest version of each add-on (nodejs/eks/cluster/cluster.ts). The engine applies transforms
    inside packaged components too (Pulumi documentation, "transforms").
    """
    wanted = {"permissionsBoundary": args["permissions_boundary"], "path": args["role_path"]}
    of_roles = {key: value for key, value in wanted.items() if value is not None}
    looked_up = not args["private_network"] and not args["subnet_ids"]

    def transform(resource: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props, ignored = resource.props, list[str]()
        match resource.type_:
            case "aws:iam/role:Role":
                props = {**props, **of_roles}
            case "aws:eks/cluster:Cluster":
                # In release 0.1.0 Pulumi chose the name.
                ignored = ["name", "vpcConfig.subnetIds"] if looked_up else ["name"]
            case "aws:eks/nodeGroup:NodeGroup" if looked_up:
                # Others replace it (terraform-provider-aws, node_group.go: ForceNew).
                ignored = ["subnetIds"]
            case "aws:ec2/subnet:Subnet":
                # The zones that are available, and their order, change.
                ignored = ["availabilityZone"]
            case "aws:eks/addon:Addon" if props["addonName"] not in args["addon_versions"]:
                ignored = ["addonVersion"]
            case _:
                return None
        options = pulumi.ResourceOptions(ignore_changes=ignored)
        return pulumi.ResourceTransformResult(
            props, pulumi.ResourceOptions.merge(resource.opts, options)
        )

    return transform
