"""Private endpoints for the AWS services that tracing needs."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import aws_values
from ..component import Component
from ..constraints import array
from ..inputs import Inputs


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

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of every AWS resource that this component makes. Default: none."""


VPC_ENDPOINTS: Final = Inputs(
    VpcEndpointsArgs,
    constraints={
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
    for each service, and, with `ecr`, a gateway endpoint to S3.
    """

    endpoint_ids: pulumi.Output[Sequence[str]]
    """Ids of the endpoints."""

    def __init__(
        self, name: str, args: VpcEndpointsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = VPC_ENDPOINTS.complete(args, f"VpcEndpoints {name}")
        self._tags = self._args["tags"]
        self._asking = pulumi.InvokeOutputOptions(parent=self)
        self._prefix = aws.get_partition_output(opts=self._asking).reverse_dns_prefix
        services = self._args["vpc_endpoints"]

        security_group = self._create_security_group()
        subnet_ids = self._one_subnet_of_each_zone()
        endpoints = [
            self._create_interface(service, subnet_ids, security_group.id)
            for each in services
            for service in INTERFACES[each]
        ]
        if EndpointService.ECR in services:
            endpoints.append(self._create_gateway_to_s3())

        self.endpoint_ids = pulumi.Output.all(*(each.id for each in endpoints))
        self._register()

    def _create_security_group(self) -> "aws.ec2.SecurityGroup":
        vpc = aws.ec2.get_vpc_output(id=self._args["vpc_id"], opts=self._asking)
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
                    "cidr_blocks": [vpc.cidr_block],
                }
            ],
            tags=self._tags,
            opts=self._child,
        )

    def _one_subnet_of_each_zone(self) -> pulumi.Output[Sequence[str]]:
        """AWS refuses an endpoint with two subnets in one zone."""
        return pulumi.Output.from_input(self._args["subnet_ids"]).apply(
            lambda ids: pulumi.Output.all(
                *(aws.ec2.get_subnet_output(id=each, opts=self._asking) for each in ids)
            ).apply(
                lambda found: first_of_each({each.id: each.availability_zone for each in found})
            )
        )

    def _create_interface(
        self,
        service: str,
        subnet_ids: pulumi.Input[Sequence[str]],
        security_group_id: pulumi.Input[str],
    ) -> "aws.ec2.VpcEndpoint":
        return aws.ec2.VpcEndpoint(
            f"{self._name}-{service}",
            vpc_id=self._args["vpc_id"],
            service_name=self._service_name(service),
            vpc_endpoint_type="Interface",
            subnet_ids=subnet_ids,
            security_group_ids=[security_group_id],
            private_dns_enabled=True,
            tags=self._tags,
            opts=self._child,
        )

    def _create_gateway_to_s3(self) -> "aws.ec2.VpcEndpoint":
        # A VPC of our own has all of its route tables once its subnets are known.
        vpc_id = pulumi.Output.all(self._args["vpc_id"], self._args["subnet_ids"]).apply(
            lambda known: known[0]
        )
        tables = aws.ec2.get_route_tables_output(vpc_id=vpc_id, opts=self._asking)
        return aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=vpc_id,
            service_name=self._service_name("s3"),
            vpc_endpoint_type="Gateway",
            route_table_ids=tables.ids,
            tags=self._tags,
            opts=self._child,
        )

    def _service_name(self, service: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(self._prefix, ".", self._args["region"], ".", service)


def first_of_each(zones: Mapping[str, str]) -> list[str]:
    """Returns the first subnet of each zone, in the order given."""
    first: dict[str, str] = {}
    for subnet_id, zone in zones.items():
        first.setdefault(zone, subnet_id)
    return list(first.values())
