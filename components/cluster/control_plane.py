"""The control plane of a new EKS cluster, and the subnets that it is put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from ..choices import CredentialSource
from .args import ClusterArgs
from .network import Network

CONTROL_PLANE_LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""Every log that an EKS control plane can write (EKS user guide, control-plane-logs)."""


@dataclass(frozen=True)
class Subnets:
    """Where a cluster is put, and its nodes with it: pulumi-eks gives them all of its subnets.

    So none is public: without a public address, a node there would have no way out.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[Sequence[str]]

    routed_subnet_ids: pulumi.Output[Sequence[str]]
    """The same, known once they have a way out, which nodes need and a control plane does not."""


def subnets_of(name: str, args: ClusterArgs, opts: pulumi.ResourceOptions) -> Subnets | None:
    """Returns the subnets of a new network, existing ones, or none: those of the default VPC."""
    subnet_ids = args["subnet_ids"]
    if args["private_network"]:
        network = Network(name, {"tags": args["tags"]}, opts)
        return Subnets(network.vpc_id, network.private_subnet_ids, network.routed_subnet_ids)
    if not subnet_ids:
        return None
    first = aws.ec2.get_subnet_output(
        id=subnet_ids[0], opts=pulumi.InvokeOutputOptions(parent=opts.parent)
    )
    ids = pulumi.Output.from_input(subnet_ids)
    return Subnets(first.vpc_id, ids, ids)


def control_plane(
    name: str,
    args: ClusterArgs,
    subnets: Subnets | None,
    secrets_key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> eks.Cluster:
    """Makes an EKS cluster without node groups.

    Args:
        name: The resource's name.
        args: The complete inputs of `Cluster`.
        subnets: None takes those of the default VPC.
        secrets_key_arn: KMS key that encrypts Kubernetes secrets.
        opts: Options of the cluster.
    """
    auto_mode, public_access_cidrs = args["auto_mode"], args["public_access_cidrs"]
    create_oidc_provider = args["credential_source"] == CredentialSource.IRSA
    # Auto Mode's nodes come and go with the cluster, and so does what they wait for.
    subnet_ids = subnets and (subnets.routed_subnet_ids if auto_mode else subnets.subnet_ids)
    return eks.Cluster(
        name,
        version=args["kubernetes_version"],
        authentication_mode=eks.AuthenticationMode.API,
        enabled_cluster_log_types=list(CONTROL_PLANE_LOGS),
        encryption_config_key_arn=secrets_key_arn,
        endpoint_private_access=True,
        endpoint_public_access=len(public_access_cidrs) > 0,
        public_access_cidrs=list(public_access_cidrs) or None,
        vpc_id=subnets.vpc_id if subnets else None,
        private_subnet_ids=subnet_ids,
        node_associate_public_ip_address=False if subnets else None,
        skip_default_node_group=True,
        auto_mode={"enabled": True} if auto_mode else None,
        vpc_cni_options=None if auto_mode else {"enable_network_policy": True},
        create_oidc_provider=create_oidc_provider or None,
        tags=args["tags"],
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(transforms=_role_transforms(args))
        ),
    )


def _role_transforms(args: ClusterArgs) -> list[pulumi.ResourceTransform] | None:
    """Returns what gives the roles that pulumi-eks makes their boundary and path.

    A role handed to it instead would be another role, which replaces an existing cluster. The
    engine applies transforms inside packaged components too (Pulumi documentation, "transforms").
    """
    wanted = {"permissionsBoundary": args["permissions_boundary"], "path": args["role_path"]}
    given = {key: value for key, value in wanted.items() if value is not None}

    def transform(role: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if role.type_ != "aws:iam/role:Role":
            return None
        return pulumi.ResourceTransformResult({**role.props, **given}, role.opts)

    return [transform] if given else None
