"""A VPC for a new cluster, and private endpoints in any VPC."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

import pulumi
import pytest

from components.cluster.network import subnet_cidrs
from components.cluster.vpc import TAG, one_of_each
from tests.support.graph import starting, waits_for
from tests.support.program import configured, declare, only, run, variant
from tools.lab.errors import NothingFoundError

ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
SERVICES: Final = ["xray", "sts", "eks-auth", "ecr", "ec2"]
TABLES: Final = ["rtb-0123456789abcdef1", "rtb-0123456789abcdef2"]

WAY_OUT: Final = {
    "aws:NatGateway xray-network-nat",
    "aws:Route xray-network-private",
    "aws:Route xray-network-public",
}


@pytest.mark.parametrize("cidr_block", ["10.0.0.0/16", "192.168.0.0/20"])
def test_subnets_share_a_vpc_without_overlap(cidr_block: str) -> None:
    cidrs = subnet_cidrs(cidr_block)
    subnets = [IPv4Network(each) for kind in ("public", "private") for each in cidrs[kind]]
    assert len(subnets) == 4
    assert all(each.subnet_of(IPv4Network(cidr_block)) for each in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def test_private_nodes_have_a_way_out_and_none_in() -> None:
    deployment = variant("private")
    routes = {each.name: each.inputs for each in deployment.of_type("aws:ec2/route:Route")}
    assert routes.keys() == {"xray-network-public", "xray-network-private"}
    assert "gatewayId" in routes["xray-network-public"]
    assert "natGatewayId" in routes["xray-network-private"]
    cluster = only(deployment.of_type("eks:index:Cluster")).inputs
    subnets = deployment.of_type("aws:ec2/subnet:Subnet")
    private = [deployment.made[each.urn].id for each in subnets if "private" in each.name]
    assert sorted(cluster["privateSubnetIds"]) == sorted(private)
    # pulumi-eks puts nodes into every subnet that it knows (nodejs/eks/nodes/nodegroup.ts).
    assert not cluster.keys() & {"publicSubnetIds", "subnetIds"}
    assert cluster["nodeAssociatePublicIpAddress"] is False
    assert not [each for each in subnets if each.inputs.get("mapPublicIpOnLaunch")]
    group = only(deployment.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"))
    assert not group.inputs.keys() & {"ingress", "egress"}


def test_nodes_are_deleted_before_their_nat_route() -> None:
    # What waits for something is made after it, and deleted before it.
    deployment = variant("private")
    (nodes,) = starting(deployment, "eks:ManagedNodeGroup").values()
    assert nodes >= WAY_OUT
    waits = waits_for(deployment, only(deployment.of_type("eks:index:Cluster")))
    assert {"aws:Subnet xray-network-private-0", "aws:Subnet xray-network-private-1"} <= waits
    assert not WAY_OUT & waits


def test_auto_mode_cluster_is_deleted_before_its_nat_route() -> None:
    deployment = declare(privateNetwork=True, autoMode=True)
    cluster = only(deployment.of_type("eks:index:Cluster"))
    assert waits_for(deployment, cluster) >= WAY_OUT


def test_endpoint_is_in_one_subnet_of_each_zone_that_has_the_service() -> None:
    zones = {"subnet-1": "a", "subnet-2": "b", "subnet-3": "a", "subnet-4": "c", "subnet-5": "b"}
    assert one_of_each(zones, [], "sts") == ["subnet-1", "subnet-2", "subnet-4"]
    assert one_of_each(zones, ["b", "d"], "sts") == ["subnet-2"]
    with pytest.raises(pulumi.RunError, match="one of the subnets must be in d or e, since"):
        one_of_each(zones, ["d", "e"], "sts")


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("eu-west-1", "com.amazonaws.eu-west-1"), ("cn-north-1", "cn.com.amazonaws.cn-north-1")],
)
def test_each_service_gets_its_endpoints(region: str, prefix: str) -> None:
    settings: dict[str, Any] = {"aws:region": region, "clusterName": "shop"}
    deployment = run(configured(**settings, vpcEndpoints=SERVICES))
    endpoints = deployment.of_type(ENDPOINT)
    names = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "sts", "xray")
    assert sorted(each.inputs["serviceName"] for each in endpoints) == sorted(
        [f"com.amazonaws.{region}.s3", *(f"{prefix}.{name}" for name in names)]
    )
    for each in endpoints:
        gateway = each.inputs["serviceName"].endswith("s3")
        assert each.inputs["vpcEndpointType"] == ("Gateway" if gateway else "Interface")
        assert each.inputs["vpcId"] == "vpc-0123456789abcdef0"
        assert gateway or each.inputs["privateDnsEnabled"] is True
        assert gateway or len(each.inputs["subnetIds"]) == 3


def there(name: str, *tables: str, named: bool = True) -> dict[str, Any]:
    """Returns somebody else's endpoint."""
    return {
        "serviceName": f"com.amazonaws.eu-west-1.{name}",
        "privateDnsEnabled": named,
        "securityGroupIds": ["sg-0123456789abcdef0"],
        "routeTableIds": tables,
        "tags": {TAG: "sg-0123456789abcdef0"},
    }


def endpoints_beside(*others: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the endpoints that are declared, by their names, in a VPC that has others."""

    def find_one(asked: Mapping[str, Any]) -> dict[str, Any]:
        # As the AWS provider, which wants just one (vpc_endpoint_data_source.go).
        of_service = [each for each in others if each["serviceName"] == asked["serviceName"]]
        tags = asked.get("tags", {}).items()
        found = [each for each in of_service if tags <= each["tags"].items()]
        if len(found) != 1:
            raise NothingFoundError(f"{'multiple' if found else 'no matching'} EC2 VPC Endpoint")
        return {"securityGroupIds": [], "routeTableIds": [], **found[0]}

    def find_tables(asked: Mapping[str, Any]) -> dict[str, Any]:
        leading = [table for each in others for table in each.get("routeTableIds", [])]
        return {"ids": leading if asked.get("filters") else TABLES}

    project = configured(clusterName="shop", vpcEndpoints=SERVICES)
    answers = {"getVpcEndpoint": find_one, "getRouteTables": find_tables}
    endpoints = run(project, answers=answers).of_type(ENDPOINT)
    return {each.name: dict(each.inputs) for each in endpoints}


@pytest.mark.parametrize(
    ("others", "missing", "tables"),
    [
        ([there("xray"), there("sts", named=False)], {"vpc-endpoints-xray"}, TABLES),
        ([there("ecr.dkr")], {"vpc-endpoints-ecr.dkr"}, TABLES),
        ([there("s3", TABLES[0])], set[str](), TABLES[1:]),
        ([there("s3", TABLES[0]), there("s3", TABLES[1])], {"vpc-endpoints-s3"}, []),
    ],
)
def test_what_the_vpc_has_is_used_and_ours_stays(
    others: list[dict[str, Any]], missing: set[str], tables: list[str]
) -> None:
    made = endpoints_beside(*others)
    assert endpoints_beside().keys() - made.keys() == missing
    assert made.get("vpc-endpoints-s3", {}).get("routeTableIds", []) == tables
    # On the next run, ours are there too.
    assert endpoints_beside(*others, *made.values()) == made


def test_a_vpc_of_the_stack_s_own_is_not_searched_for_them() -> None:
    found = there("xray") | {"securityGroupIds": []}
    deployment = run(configured("prod"), answers={"getVpcEndpoint": lambda _: found})
    assert any(each.name == "vpc-endpoints-xray" for each in deployment.of_type(ENDPOINT))


def test_endpoints_of_an_earlier_release_stay() -> None:
    made = endpoints_beside()
    assert endpoints_beside(*({**each, "tags": {}} for each in made.values())) == made


def test_every_network_of_the_vpc_reaches_the_endpoints() -> None:
    ipv4 = {"100.64.0.0/16": "associated", "10.9.0.0/16": "disassociated"}
    found = {
        "cidrBlockAssociations": [{"cidrBlock": c, "state": s} for c, s in ipv4.items()],
        "ipv6CidrBlockAssociations": [{"ipv6CidrBlock": "2001:db8::/56", "state": "associated"}],
    }
    project = configured(clusterName="shop", vpcEndpoints=["xray"])
    deployment = run(project, answers={"getVpc": lambda _: found})
    rule = only(only(deployment.of_type("aws:ec2/securityGroup:SecurityGroup")).inputs["ingress"])
    assert (rule["protocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert (rule["cidrBlocks"], rule["ipv6CidrBlocks"]) == (["100.64.0.0/16"], ["2001:db8::/56"])


def test_endpoints_wait_for_their_network_and_no_cluster() -> None:
    deployment = variant("private")
    endpoints = starting(deployment, "aws:VpcEndpoint")
    assert not [each for waits in endpoints.values() for each in waits if "Cluster" in each]
    # S3 is reached from every route table, which are looked up and must be there by then.
    tables = {"aws:RouteTable xray-network-private", "aws:RouteTable xray-network-public"}
    assert tables <= endpoints["aws:VpcEndpoint vpc-endpoints-s3"]
