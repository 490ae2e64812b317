"""What is read about private endpoints in a VPC; nothing in it is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from .existing import invoke_or_explain, invoke_or_none

TAG: Final = "xray-on-kubernetes:security-group"
"""Tag of our endpoints: the id of the security group that is made with them."""


@dataclass(frozen=True)
class ExistingVpc:
    """A VPC that may have endpoints already: ours, by our security group, or of somebody else."""

    id: str
    group_id: str | None
    asking: pulumi.InvokeOptions

    def has_name_for(self, service: str) -> bool:
        """Returns whether a service has its private name by somebody else's endpoint.

        AWS refuses a second one: "conflicting DNS domain" (terraform-provider-aws, issue 17535).
        """
        found = self._find(service, "Interface")
        return bool(found and found.private_dns_enabled and not self._is_ours(found))

    def tables_without(self, s3: str, registry: str) -> Sequence[str]:
        """Returns the route tables that lead to S3 by no endpoint of somebody else.

        AWS refuses a second route there: RouteAlreadyExists (eksctl, issue 2510). The endpoint of
        ecr.dkr vouches for that of S3, which has no security group: release 0.1.0 tagged neither.
        """
        tables, found = self._find_tables(), self._find(registry, "Interface")
        if found and self._is_ours(found) and TAG not in (found.tags or {}):
            return tables
        prefix_list = aws.ec2.get_prefix_list(name=s3, opts=self.asking).id
        ours = self.group_id and self._find(s3, "Gateway", {TAG: self.group_id})
        taken = {*self._find_tables(prefix_list)} - {*((ours and ours.route_table_ids) or [])}
        return [each for each in tables if each not in taken]

    def _is_ours(self, endpoint: "aws.ec2.GetVpcEndpointResult") -> bool:
        return self.group_id in endpoint.security_group_ids

    def _find(
        self, service: str, kind: str, tags: Mapping[str, str] | None = None
    ) -> "aws.ec2.GetVpcEndpointResult | None":
        """Returns the one endpoint of a service: where there are several, ours has the name."""
        return invoke_or_none(
            lambda: aws.ec2.get_vpc_endpoint(
                vpc_id=self.id,
                service_name=service,
                vpc_endpoint_type=kind,
                state="available",
                tags=tags,
                opts=self.asking,
            ),
            f"The endpoints of VPC {self.id}",
        )

    def _find_tables(self, *prefix_list: str) -> Sequence[str]:
        leading = aws.ec2.GetRouteTablesFilterArgs(
            name="route.destination-prefix-list-id", values=prefix_list
        )
        filters = [leading] if prefix_list else None
        found = aws.ec2.get_route_tables(vpc_id=self.id, filters=filters, opts=self.asking)
        return found.ids or []


def find_service(
    name: str, kind: str, region: str, asking: pulumi.InvokeOptions
) -> "aws.ec2.GetVpcEndpointServiceResult":
    """Returns a service that an endpoint can lead to.

    Outside of the partition `aws`, some names begin as in it and some don't (AWS CDK,
    vpc-endpoint.ts).

    Raises:
        pulumi.RunError: There is none in the region.
    """
    prefixes = {"com.amazonaws", aws.get_partition(opts=asking).reverse_dns_prefix}
    names = [f"{each}.{region}.{name}" for each in sorted(prefixes)]
    return invoke_or_explain(
        lambda: aws.ec2.get_vpc_endpoint_service(
            filters=[{"name": "service-name", "values": names}], service_type=kind, opts=asking
        ),
        f"The endpoint service {name}",
        f"vpcEndpoints needs {name}, and AWS has no such endpoint in {region}; it must do without",
    )


def one_of_each(zones: Mapping[str, str], offered: Sequence[str], service: str) -> list[str]:
    """Returns the first subnet of each zone that has a service, in the order given.

    AWS refuses an endpoint with two subnets in one zone, or where the service is not. Which zones
    it is offered in, AWS doesn't say in GovCloud (terraform-provider-aws, vpc_endpoint_service).

    Raises:
        pulumi.RunError: No subnet is in such a zone.
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
