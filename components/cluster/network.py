"""A VPC for a cluster whose nodes have no public addresses."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ..component import Component
from .answers import read

ZONES: Final = 2
"""Availability zones; EKS wants at least two (EKS user guide, network-reqs)."""

ZONES_WITHOUT_EKS: Final = ("use1-az3", "usw1-az2", "cac1-az3")
"""Zones that a control plane can't be put in (EKS user guide, network-reqs)."""

CIDR: Final = "10.0.0.0/16"
"""Addresses of the VPC."""


class NetworkArgs(TypedDict):
    """Inputs of `Network`."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes."""


class Network(Component):
    """A VPC with a public and a private subnet in each of two zones.

    Makes the VPC with a closed default security group, an internet gateway, the four subnets, one
    NAT gateway that the private subnets share on their way out, and their routes.
    """

    vpc_id: pulumi.Output[str]
    """The VPC's id."""

    private_subnet_ids: pulumi.Output[Sequence[str]]
    """Subnets for nodes, known once they and all route tables are there: control plane and private
    endpoints need no more."""

    routed_subnet_ids: pulumi.Output[Sequence[str]]
    """The same, known once they have a way out: what nodes are to wait for."""

    def __init__(
        self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._tags = args.get("tags")
        self._cidrs = subnet_cidrs(CIDR)
        self._zones = self._find_zones()

        self._vpc = self._create_vpc()
        gateway = aws.ec2.InternetGateway(
            name, vpc_id=self._vpc.id, tags=self._tags, opts=self._child
        )
        public = self._create_subnets("public", "kubernetes.io/role/elb")
        private = self._create_subnets("private", "kubernetes.io/role/internal-elb")
        tables = {kind: self._create_route_table(kind) for kind in ("public", "private")}
        public_routes = self._route("public", tables, public, gateway_id=gateway.id)
        nat_gateway = self._create_nat_gateway(public[0], gateway)
        private_routes = self._route("private", tables, private, nat_gateway_id=nat_gateway.id)

        self.vpc_id = self._vpc.id
        self.private_subnet_ids = _ids_after(private, [table.id for table in tables.values()])
        # Without the public routes, the NAT gateway itself has no way out.
        self.routed_subnet_ids = _ids_after(private, [*private_routes, *public_routes])
        self._register()

    def _create_vpc(self) -> "aws.ec2.Vpc":
        vpc = aws.ec2.Vpc(
            self._name,
            cidr_block=CIDR,
            # Private endpoints, that of EKS among them, are found by name.
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._tags,
            opts=self._child,
        )
        # Whatever names no security group gets the default one: let it allow nothing.
        aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default", vpc_id=vpc.id, tags=self._tags, opts=self._child
        )
        return vpc

    def _find_zones(self) -> Sequence[str]:
        return read(
            lambda: aws.get_availability_zones(
                state="available",
                exclude_zone_ids=list(ZONES_WITHOUT_EKS),
                filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
                opts=pulumi.InvokeOptions(parent=self),
            ),
            "The Availability Zones of the region",
        ).names

    def _create_subnets(self, kind: str, role_tag: str) -> "list[aws.ec2.Subnet]":
        tags = pulumi.Output.from_input(self._tags).apply(
            lambda given: {**(given or {}), role_tag: "1"}
        )
        return [
            aws.ec2.Subnet(
                f"{self._name}-{kind}-{number}",
                vpc_id=self._vpc.id,
                availability_zone=self._zones[number],
                cidr_block=self._cidrs[kind][number],
                tags=tags,
                opts=self._child,
            )
            for number in range(ZONES)
        ]

    def _create_nat_gateway(
        self, subnet: "aws.ec2.Subnet", gateway: "aws.ec2.InternetGateway"
    ) -> "aws.ec2.NatGateway":
        address = aws.ec2.Eip(f"{self._name}-nat", domain="vpc", tags=self._tags, opts=self._child)
        return aws.ec2.NatGateway(
            f"{self._name}-nat",
            allocation_id=address.allocation_id,
            subnet_id=subnet.id,
            tags=self._tags,
            # AWS refuses one in a VPC without a way out.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[gateway]),
        )

    def _create_route_table(self, kind: str) -> "aws.ec2.RouteTable":
        return aws.ec2.RouteTable(
            f"{self._name}-{kind}", vpc_id=self._vpc.id, tags=self._tags, opts=self._child
        )

    def _route(
        self,
        kind: str,
        tables: "Mapping[str, aws.ec2.RouteTable]",
        subnets: "Sequence[aws.ec2.Subnet]",
        **target: pulumi.Input[str],
    ) -> list[pulumi.Output[str]]:
        """Returns ids that are known once the subnets' way out is there."""
        table = tables[kind]
        way_out = aws.ec2.Route(
            f"{self._name}-{kind}",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            opts=self._child,
            **target,
        )
        associations = [
            aws.ec2.RouteTableAssociation(
                f"{self._name}-{kind}-{number}",
                subnet_id=subnet.id,
                route_table_id=table.id,
                opts=self._child,
            ).id
            for number, subnet in enumerate(subnets)
        ]
        return [way_out.id, *associations]


def subnet_cidrs(cidr_block: str) -> dict[str, list[str]]:
    """Returns the addresses of a VPC's subnets by kind, one for each zone.

    The private ones, which hold the pods, get a quarter each, the public ones an eighth.
    """
    quarters = list(IPv4Network(cidr_block).subnets(prefixlen_diff=2))
    eighths = list(quarters[0].subnets(prefixlen_diff=1))
    return {
        "public": [str(each) for each in eighths[:ZONES]],
        "private": [str(each) for each in quarters[1 : 1 + ZONES]],
    }


def _ids_after(
    subnets: "Sequence[aws.ec2.Subnet]", routes: Sequence[pulumi.Output[str]]
) -> pulumi.Output[Sequence[str]]:
    count = len(subnets)
    return pulumi.Output.all(*(subnet.id for subnet in subnets), *routes).apply(
        lambda ids: ids[:count]
    )
