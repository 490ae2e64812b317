"""A VPC for a new cluster, and private endpoints in any VPC."""

from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

import pytest

from components.cluster.network import subnet_cidrs
from components.cluster.vpc_endpoints import first_of_each
from tests.support.graph import starting, waits_for
from tests.support.program import configured, declare, only, run, variant

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
    assert cluster["privateSubnetIds"] == [
        deployment.made[each.urn].id
        for each in deployment.of_type("aws:ec2/subnet:Subnet")
        if "private" in each.name
    ]
    # pulumi-eks puts nodes into every subnet that it knows (nodejs/eks/nodes/nodegroup.ts).
    assert not cluster.keys() & {"publicSubnetIds", "subnetIds"}
    assert cluster["nodeAssociatePublicIpAddress"] is False
    subnets = deployment.of_type("aws:ec2/subnet:Subnet")
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


def test_endpoint_is_in_one_subnet_of_each_zone() -> None:
    zones = {"subnet-1": "a", "subnet-2": "b", "subnet-3": "a", "subnet-4": "c", "subnet-5": "b"}
    assert first_of_each(zones) == ["subnet-1", "subnet-2", "subnet-4"]


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("eu-west-1", "com.amazonaws.eu-west-1"), ("cn-north-1", "cn.com.amazonaws.cn-north-1")],
)
def test_each_service_gets_its_endpoints(region: str, prefix: str) -> None:
    services = ["xray", "sts", "eks-auth", "ecr", "ec2"]
    settings: dict[str, Any] = {"aws:region": region, "clusterName": "shop"}
    deployment = run(configured(**settings, vpcEndpoints=services))
    endpoints = deployment.of_type("aws:ec2/vpcEndpoint:VpcEndpoint")
    names = ("ec2", "ecr.api", "ecr.dkr", "eks-auth", "s3", "sts", "xray")
    assert sorted(each.inputs["serviceName"] for each in endpoints) == [
        f"{prefix}.{name}" for name in names
    ]
    for each in endpoints:
        gateway = each.inputs["serviceName"].endswith("s3")
        assert each.inputs["vpcEndpointType"] == ("Gateway" if gateway else "Interface")
        assert each.inputs["vpcId"] == "vpc-0123456789abcdef0"
        assert gateway or each.inputs["privateDnsEnabled"] is True
        assert gateway or len(each.inputs["subnetIds"]) == 3


def test_endpoints_wait_for_their_network_and_no_cluster() -> None:
    deployment = variant("private")
    group = only(deployment.of_type("aws:ec2/securityGroup:SecurityGroup")).inputs
    rule = only(group["ingress"])
    assert (rule["protocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert rule["cidrBlocks"] == ["172.31.0.0/16"]

    endpoints = starting(deployment, "aws:VpcEndpoint")
    assert not [each for waits in endpoints.values() for each in waits if "Cluster" in each]
    # S3 is reached from every route table, which are looked up and must be there by then.
    tables = {"aws:RouteTable xray-network-private", "aws:RouteTable xray-network-public"}
    assert tables <= endpoints["aws:VpcEndpoint vpc-endpoints-s3"]
