"""The subnets that a new EKS cluster is put in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from .answers import read
from .args import ClusterArgs
from .network import ZONES, ZONES_WITHOUT_EKS, Network
from .vpc import describe_subnets, filters_for


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
    if args["private_network"]:
        network = Network(name, {"tags": args["tags"]}, opts)
        return Subnets(network.vpc_id, network.private_subnet_ids, network.routed_subnet_ids)
    given, asking = args["subnet_ids"], pulumi.InvokeOptions(parent=opts.parent)
    subnets = _checked(describe_subnets(given, asking)) if given else _of_default_vpc(asking)
    ids = pulumi.Output.from_input([each.id for each in subnets])
    vpc_id = pulumi.Output.from_input(subnets[0].vpc_id)
    return Subnets(vpc_id, ids, ids, of_default_vpc=not given)


def _of_default_vpc(asking: pulumi.InvokeOptions) -> "Sequence[aws.ec2.GetSubnetResult]":
    neither = "Neither privateNetwork nor subnetIds is set"
    vpc = read(
        lambda: aws.ec2.get_vpc(default=True, opts=asking),
        "The default VPC",
        f"{neither}; the region must have a default VPC for that.",
    )
    # One a zone; without public addresses, nodes there have no way out.
    wanted = {"vpc-id": vpc.id, "default-for-az": "true", "map-public-ip-on-launch": "true"}
    found = read(
        lambda: aws.ec2.get_subnets(filters=filters_for(wanted), opts=asking),
        "The subnets of the default VPC",
    )
    subnets = [each for each in describe_subnets(sorted(found.ids), asking) if takes_eks(each)]
    if len(subnets) < ZONES:
        raise pulumi.RunError(
            f"{neither}; the default VPC must have default subnets with public addresses in "
            f"{ZONES} zones that EKS takes for that, and {vpc.id} has {len(subnets)}."
        )
    return subnets


def _checked(subnets: "Sequence[aws.ec2.GetSubnetResult]") -> "Sequence[aws.ec2.GetSubnetResult]":
    """Returns subnets, or raises a RunError if EKS refuses them (EKS user guide, network-reqs)."""
    vpc_id, zones = subnets[0].vpc_id, {each.availability_zone_id for each in subnets}
    for number, each in enumerate(subnets):
        if each.vpc_id != vpc_id or not takes_eks(each):
            raise pulumi.RunError(
                f"subnetIds[{number}] is {each.id!r}, which is in {each.vpc_id} and "
                f"{each.outpost_arn or each.availability_zone_id}; it must be in {vpc_id}, as "
                "subnetIds[0] is, and in an Availability Zone of the region other than "
                f"{', '.join(ZONES_WITHOUT_EKS)}."
            )
    if len(zones) < ZONES and all(zones):
        raise pulumi.RunError(f"subnetIds are all in {zones.pop()}; they must be in {ZONES} zones.")
    return subnets


def takes_eks(subnet: "aws.ec2.GetSubnetResult") -> bool:
    """Returns whether EKS takes a subnet, which is on no Outpost."""
    return not subnet.outpost_arn and has_eks(subnet.availability_zone_id or "")


def has_eks(zone_id: str) -> bool:
    """Returns whether EKS is in a zone: in none of a city or carrier, such as `usw2-lax1-az1`."""
    return zone_id.count("-") < 2 and zone_id not in ZONES_WITHOUT_EKS
