"""A VPC of our own, and ways from any VPC to AWS."""

from ipaddress import IPv4Network
from itertools import combinations
from typing import Any, Final

import pytest

from components.cluster.network import subnet_cidrs
from components.cluster.vpc_endpoints import first_of_each
from tests.components.test_graph import starting, waits_for
from tests.support.program import configured, declare, only, run, variant
from tools.lab.deployment import Deployment

WAY_OUT: Final = {
    "aws:NatGateway xray-network-nat",
    "aws:Route xray-network-private",
    "aws:Route xray-network-public",
}


@pytest.mark.parametrize("cidr_block", ["10.0.0.0/16", "192.168.0.0/20", "172.16.0.0/18"])
def test_subnets_share_a_vpc_s_addresses_without_overlap(cidr_block: str) -> None:
    cidrs = subnet_cidrs(cidr_block)
    subnets = [IPv4Network(each) for kind in ("public", "private") for each in cidrs[kind]]
    assert len(subnets) == 4
    assert all(each.subnet_of(IPv4Network(cidr_block)) for each in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


def routes(deployment: Deployment) -> dict[str, str]:
    """Returns what each route table leads to."""
    return {
        each.name: next(key for key in ("gatewayId", "natGatewayId") if key in each.inputs)
        for each in deployment.of_type("aws:ec2/route:Route")
    }


def test_private_nodes_have_a_way_out_and_none_in() -> None:
    deployment = variant("private")
    assert routes(deployment) == {
        "xray-network-public": "gatewayId",
        "xray-network-private": "natGatewayId",
    }
    cluster = only(deployment.of_type("eks:index:Cluster")).inputs
    assert cluster["privateSubnetIds"] == ["xray-network-private-0", "xray-network-private-1"]
    # pulumi-eks puts nodes into every subnet that it knows (nodejs/eks/nodes/nodegroup.ts).
    assert not cluster.keys() & {"publicSubnetIds", "subnetIds"}
    assert cluster["nodeAssociatePublicIpAddress"] is False
    assert not [
        each
        for each in deployment.of_type("aws:ec2/subnet:Subnet")
        if each.inputs.get("mapPublicIpOnLaunch")
    ]


def test_nodes_wait_for_their_way_out_and_so_outlive_it_not() -> None:
    (nodes,) = starting(variant("private"), "eks:ManagedNodeGroup").values()
    assert nodes >= WAY_OUT


def test_a_control_plane_waits_for_subnets_and_for_no_way_out_of_them() -> None:
    deployment = variant("private")
    (cluster,) = deployment.of_type("eks:index:Cluster")
    waits = waits_for(deployment, cluster)
    assert {"aws:Subnet xray-network-private-0", "aws:Subnet xray-network-private-1"} <= waits
    assert not WAY_OUT & waits


def test_a_cluster_that_runs_its_own_nodes_waits_for_their_way_out() -> None:
    deployment = declare(privateNetwork=True, autoMode=True)
    (cluster,) = deployment.of_type("eks:index:Cluster")
    assert waits_for(deployment, cluster) >= WAY_OUT


def test_s3_is_reached_from_every_route_table_of_a_vpc_of_ours() -> None:
    # They are looked up, and must all be there by then.
    waits = starting(variant("private"), "aws:VpcEndpoint vpc-endpoints-s3")
    tables = {"aws:RouteTable xray-network-private", "aws:RouteTable xray-network-public"}
    assert tables <= waits["aws:VpcEndpoint vpc-endpoints-s3"]


def test_the_default_security_group_of_a_vpc_of_ours_allows_nothing() -> None:
    group = only(variant("private").of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"))
    assert not group.inputs.keys() & {"ingress", "egress"}


def test_an_endpoint_is_in_one_subnet_of_each_zone() -> None:
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


def test_only_the_vpc_reaches_its_endpoints() -> None:
    group = only(variant("private").of_type("aws:ec2/securityGroup:SecurityGroup")).inputs
    (rule,) = group["ingress"]
    assert (rule["protocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert rule["cidrBlocks"] == ["172.31.0.0/16"]


def test_endpoints_of_a_new_network_do_not_wait_for_the_cluster() -> None:
    deployment = variant("private")
    for endpoint in deployment.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        assert not [each for each in waits_for(deployment, endpoint) if "Cluster" in each]
