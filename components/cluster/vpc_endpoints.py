"""Private endpoints for the AWS services that tracing needs."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import aws_values
from ..component import Component
from ..constraints import array
from ..inputs import Inputs
from .answers import read
from .vpc import TAG, KnownVpc, describe_subnets, find_service, one_of_each


class EndpointService(str, Enum):
    """What pods and nodes reach by a private endpoint."""

    XRAY = "xray"
    """Where the agent sends its traces."""

    STS = "sts"
    """Where `irsa`, and a role of another account, get their credentials."""

    EKS_AUTH = "eks-auth"
    """Where the Pod Identity agent gets its credentials."""

    ECR = "ecr"
    """Where nodes pull images from; their layers come from S3."""

    EC2 = "ec2"
    """Where nodes ask who they are: without a way there none joins a cluster."""


INTERFACES: Final = {
    EndpointService.XRAY: ("xray",),
    EndpointService.STS: ("sts",),
    EndpointService.EKS_AUTH: ("eks-auth",),
    EndpointService.ECR: ("ecr.api", "ecr.dkr"),
    EndpointService.EC2: ("ec2",),
}
"""Interface endpoints of each (EKS user guide, private-clusters)."""


class VpcEndpointsArgs(TypedDict):
    """Inputs of `VpcEndpoints`."""

    vpc_id: pulumi.Input[str]
    """The VPC that gets the endpoints."""

    subnet_ids: pulumi.Input[Sequence[str]]
    """Subnets of it; the first one in each zone holds the interfaces."""

    region: pulumi.Input[str]
    """The VPC's AWS region."""

    vpc_endpoints: Sequence[EndpointService]
    """AWS services that get a private endpoint in the VPC."""

    existing_vpc: NotRequired[bool]
    """Whether the VPC may have endpoints already, which are then used."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes. Default: none."""


VPC_ENDPOINTS: Final = Inputs(
    VpcEndpointsArgs,
    {"existing_vpc": True},
    {
        "region": aws_values.REGION,
        "vpc_endpoints": array(
            "an array of xray, sts, eks-auth, ecr and ec2, each at most once", distinct=True
        ),
        "tags": aws_values.TAGS,
    },
)


class VpcEndpoints(Component):
    """Private endpoints of AWS services in a VPC.

    Makes a security group that lets HTTPS in from the VPC, an interface endpoint with private DNS
    for each service, and, with `ecr`, a gateway endpoint to S3. What the VPC has already is used:
    a service with a private name gets no endpoint, and S3 none where a route leads there.

    Raises:
        pulumi.RunError: AWS has no such endpoint, or the VPC can't have one.
    """

    endpoint_ids: pulumi.Output[Sequence[str]]
    """Ids of the endpoints that are made."""

    def __init__(
        self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = VPC_ENDPOINTS.complete(args, f"VpcEndpoints {name}")
        self._asking = pulumi.InvokeOptions(parent=self)
        # A VPC of our own has all of its route tables once its subnets are known.
        self._vpc_id = pulumi.Output.all(self._args["vpc_id"], self._args["subnet_ids"]).apply(
            lambda known: str(known[0])
        )
        self._zones = pulumi.Output.from_input(self._args["subnet_ids"]).apply(
            lambda ids: {
                each.id: each.availability_zone for each in describe_subnets(ids, self._asking)
            }
        )
        self._security_group = self._create_security_group()
        self._tags = pulumi.Output.from_input(self._args["tags"]).apply(
            lambda tags: {**(tags or {}), TAG: self._security_group.id}
        )
        self.endpoint_ids = pulumi.Output.all(
            self._args["region"], _or_none(self._vpc_id), _or_none(self._security_group.id)
        ).apply(lambda known: self._create_endpoints(*known))
        self._register()

    def _create_security_group(self) -> "aws.ec2.SecurityGroup":
        networks = pulumi.Output.from_input(self._args["vpc_id"]).apply(self._find_networks)
        return aws.ec2.SecurityGroup(
            self._name,
            description="HTTPS from the VPC to the private endpoints of AWS services",
            vpc_id=self._args["vpc_id"],
            ingress=[
                {
                    "description": "HTTPS from the VPC",
                    "protocol": "tcp",
                    "from_port": 443,
                    "to_port": 443,
                    "cidr_blocks": networks["ipv4"],
                    "ipv6_cidr_blocks": networks["ipv6"],
                }
            ],
            tags=self._args["tags"],
            opts=self._child,
        )

    def _find_networks(self, vpc_id: str) -> dict[str, list[str] | None]:
        """Returns the networks of the VPC: pods may be in any of them, not just in the first."""
        vpc = read(lambda: aws.ec2.get_vpc(id=vpc_id, opts=self._asking), f"VPC {vpc_id}")
        ipv4 = {each.cidr_block: each.state for each in vpc.cidr_block_associations}
        ipv6 = {each.ipv6_cidr_block: each.state for each in vpc.ipv6_cidr_block_associations or []}
        return {
            kind: sorted(each for each, state in found.items() if state == "associated") or None
            for kind, found in (("ipv4", ipv4), ("ipv6", ipv6))
        }

    def _create_endpoints(
        self, region: str, vpc_id: str | None, group_id: str | None
    ) -> pulumi.Output[Sequence[str]]:
        """Makes what is not there; all of it in a preview of a VPC that is not there itself."""
        existing = self._args["existing_vpc"]
        vpc = KnownVpc(vpc_id, group_id, existing, self._asking) if vpc_id else None
        chosen = self._args["vpc_endpoints"]
        services = {
            name: find_service(name, "Interface", region, self._asking)
            for each in chosen
            for name in INTERFACES[each]
        }
        made = [
            self._create_interface(name, service)
            for name, service in services.items()
            if not (vpc and vpc.has_name_for(service.service_name))
        ]
        if EndpointService.ECR in chosen:
            s3 = find_service("s3", "Gateway", region, self._asking).service_name
            tables = vpc.tables_without(s3, services["ecr.dkr"].service_name) if vpc else None
            if tables != []:
                made.append(self._create_endpoint("s3", s3, "Gateway", route_table_ids=tables))
        return pulumi.Output.all(*(each.id for each in made))

    def _create_interface(
        self, name: str, service: "aws.ec2.GetVpcEndpointServiceResult"
    ) -> "aws.ec2.VpcEndpoint":
        return self._create_endpoint(
            name,
            service.service_name,
            "Interface",
            subnet_ids=self._zones.apply(
                lambda zones: one_of_each(zones, service.availability_zones, name)
            ),
            security_group_ids=[self._security_group.id],
            private_dns_enabled=True,
        )

    def _create_endpoint(
        self, name: str, service_name: str, kind: str, **placed: Any
    ) -> "aws.ec2.VpcEndpoint":
        return aws.ec2.VpcEndpoint(
            f"{self._name}-{name}",
            vpc_id=self._vpc_id,
            service_name=service_name,
            vpc_endpoint_type=kind,
            tags=self._tags,
            opts=self._child,
            **placed,
        )


def _or_none(value: pulumi.Output[str]) -> pulumi.Output[str | None]:
    """Returns what is None where a preview doesn't know the value."""
    return value.apply(
        lambda known: None if pulumi.contains_unknowns(known) else known, run_with_unknowns=True
    )
