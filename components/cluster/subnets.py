"""The subnets that a new EKS cluster is put in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .args import ClusterArgs
from .existing import invoke_or_explain
from .network import ZONES, ZONES_WITHOUT_EKS, Network


@dataclass(frozen=True)
class Subnets:
    """Where a cluster is put, and its nodes with it: pulumi-eks gives them all of its subnets."""

    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[Sequence[str]]

    routed_subnet_ids: pulumi.Output[Sequence[str]]
    """The same, known once they have a way out, which nodes need and a control plane does not."""

    of_default_vpc: bool = False
    """Whether AWS was asked for them; nodes there have public addresses."""


def subnets_of(name: str, args: ClusterArgs, opts: pulumi.ResourceOptions) -> Subnets:
    """Returns the subnets of a new network, existing ones, or those of the default VPC."""
    invoke = pulumi.InvokeOptions(parent=opts.parent)
    if args["private_network"]:
        network = Network(name, {"tags": args["tags"]}, opts)
        return Subnets(network.vpc_id, network.private_subnet_ids, network.routed_subnet_ids)
    given = args["subnet_ids"]
    vpc_id, known = (_checked_vpc(given, invoke), given) if given else _of_default_vpc(invoke)
    ids = pulumi.Output.from_input(known)
    return Subnets(pulumi.Output.from_input(vpc_id), ids, ids, of_default_vpc=not given)


def _of_default_vpc(opts: pulumi.InvokeOptions) -> tuple[str, Sequence[str]]:
    vpc = invoke_or_explain(
        lambda: aws.ec2.get_vpc(default=True, opts=opts),
        "The default VPC",
        "Neither privateNetwork nor subnetIds is set; the region must have a default VPC for that",
    )
    found = aws.ec2.get_subnets(
        filters=[
            {"name": "vpc-id", "values": [vpc.id]},
            # One a zone; without public addresses, nodes there have no way out.
            {"name": "default-for-az", "values": ["true"]},
            {"name": "map-public-ip-on-launch", "values": ["true"]},
        ],
        opts=opts,
    ).ids
    described = [aws.ec2.get_subnet(id=each, opts=opts) for each in sorted(found)]
    taken = [each.id for each in described if takes_eks(each.availability_zone_id)]
    if len(taken) < ZONES:
        raise pulumi.RunError(
            "Neither privateNetwork nor subnetIds is set; the default VPC must have default "
            f"subnets with public addresses in {ZONES} zones that EKS takes for that, and "
            f"{vpc.id} has {len(taken)}."
        )
    return vpc.id, taken


def _checked_vpc(subnet_ids: Sequence[str], opts: pulumi.InvokeOptions) -> str:
    """Returns the VPC of subnets that EKS takes (EKS user guide, network-reqs)."""
    subnets = [
        invoke_or_explain(
            lambda known=each: aws.ec2.get_subnet(id=known, opts=opts),
            f"Subnet {each!r}",
            f"subnetIds[{number}] is {each!r}; it must be a subnet of this account and region",
        )
        for number, each in enumerate(subnet_ids)
    ]
    vpc_id, zones = subnets[0].vpc_id, {each.availability_zone_id for each in subnets}
    for number, each in enumerate(subnets):
        zone, right = each.outpost_arn or each.availability_zone_id, ""
        if each.vpc_id != vpc_id:
            right = f"VPC {vpc_id}, as subnetIds[0] is"
        elif each.outpost_arn or not takes_eks(zone):
            right = f"an Availability Zone of the region other than {', '.join(ZONES_WITHOUT_EKS)}"
        elif len(zones) < ZONES:
            right = f"{ZONES} zones, all together"
        if right:
            raise pulumi.RunError(
                f"subnetIds[{number}] is {subnet_ids[number]!r}, which is in {each.vpc_id} and "
                f"{zone}; it must be in {right}."
            )
    return vpc_id


def takes_eks(zone_id: str) -> bool:
    """Returns whether EKS takes a zone, which is none of a city (`usw2-lax1-az1`) or a carrier."""
    return zone_id.count("-") == 1 and zone_id not in ZONES_WITHOUT_EKS
