"""What is read about a VPC; nothing in it is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from .answers import find, read

TAG: Final = "xray-on-kubernetes:security-group"
"""Tag of our endpoints: the id of the security group that is made with them."""


@dataclass(frozen=True)
class KnownVpc:
    """A VPC that may have endpoints already: ours, by our security group, or of somebody else."""

    id: str
    group_id: str | None
    has_others: bool
    asking: pulumi.InvokeOptions

    def has_name_for(self, service: str) -> bool:
        """Returns whether a service has its private name by somebody else's endpoint.

        AWS refuses a second one: "conflicting DNS domain" (terraform-provider-aws, issue 17535).
        """
        found = self._find(service, "Interface") if self.has_others else None
        if found is None or self.group_id in found.security_group_ids:
            return False
        return found.private_dns_enabled

    def tables_without(self, s3: str, registry: str) -> Sequence[str]:
        """Returns the route tables that lead to S3 by no endpoint of somebody else.

        AWS refuses a second route there: RouteAlreadyExists (eksctl, issue 2510). Release 0.1.0
        tagged nothing: there, our endpoint of ecr.dkr vouches for that of S3.
        """
        tables = self._find_tables({})
        if not self.has_others:
            return tables
        images = self._find(registry, "Interface")
        if images and self.group_id in images.security_group_ids and TAG not in images.tags:
            return tables
        prefixes = read(
            lambda: aws.ec2.get_prefix_list(name=s3, opts=self.asking), "The prefix list of S3"
        )
        leading = self._find_tables({"route.destination-prefix-list-id": prefixes.id})
        ours = self.group_id and self._find(s3, "Gateway", {TAG: self.group_id})
        others = {*leading} - {*(ours.route_table_ids if ours else [])}
        return [each for each in tables if each not in others]

    def _find(
        self, service: str, kind: str, tags: Mapping[str, str] | None = None
    ) -> "aws.ec2.GetVpcEndpointResult | None":
        """Returns the one endpoint of a service: where there are several, ours has the name."""
        wanted: Any = {"vpc_id": self.id, "state": "available", "tags": tags}
        wanted |= {"service_name": service, "vpc_endpoint_type": kind}
        return find(
            lambda: aws.ec2.get_vpc_endpoint(**wanted, opts=self.asking),
            f"The endpoints of {self.id}",
        )

    def _find_tables(self, wanted: Mapping[str, str]) -> Sequence[str]:
        return read(
            lambda: aws.ec2.get_route_tables(
                vpc_id=self.id, filters=filters_for(wanted) or None, opts=self.asking
            ),
            f"The route tables of {self.id}",
        ).ids


def filters_for(wanted: Mapping[str, str]) -> Any:
    """Returns filters as EC2 takes them."""
    return [{"name": name, "values": [value]} for name, value in wanted.items()]


def describe_subnets(
    ids: Sequence[str], asking: pulumi.InvokeOptions
) -> "Sequence[aws.ec2.GetSubnetResult]":
    """Returns subnets as AWS describes them; raises a RunError if one isn't there."""
    return [
        read(
            lambda known=each: aws.ec2.get_subnet(id=known, opts=asking),
            f"Subnet {each!r}",
            f"subnetIds[{number}] is {each!r}; it must be a subnet of this account and region.",
        )
        for number, each in enumerate(ids)
    ]


def find_service(
    name: str, kind: str, region: str, asking: pulumi.InvokeOptions
) -> "aws.ec2.GetVpcEndpointServiceResult":
    """Returns a service that an endpoint can lead to; raises a RunError if the region has none.

    Outside of the partition `aws`, some begin as in it, some don't (AWS CDK, vpc-endpoint.ts).
    """
    prefixes = {"com.amazonaws", aws.get_partition(opts=asking).reverse_dns_prefix}
    names = [f"{each}.{region}.{name}" for each in sorted(prefixes)]
    return read(
        lambda: aws.ec2.get_vpc_endpoint_service(
            filters=[{"name": "service-name", "values": names}], service_type=kind, opts=asking
        ),
        f"The endpoint service {name}",
        f"vpcEndpoints needs {name}, and AWS has no such endpoint in {region}; it must do without.",
    )


def one_of_each(zones: Mapping[str, str], offered: Sequence[str], service: str) -> list[str]:
    """Returns the first subnet of each zone that has a service, in the order given.

    AWS refuses an endpoint with two subnets in one zone, or where the service is not. Which zones
    it is offered in, AWS doesn't say in GovCloud (terraform-provider-aws, vpc_endpoint_service).
    """
    first: dict[str, str] = {}
    for each, zone in zones.items():
        if zone in (offered or [zone]):
            first.setdefault(zone, each)
    if not first:
        raise pulumi.RunError(
            f"vpcEndpoints needs {service}; one of the subnets must be in {' or '.join(offered)}, "
            "since no other zone has it."
        )
    return list(first.values())
