"""Answers the functions of the AWS provider that the program calls."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tools.lab.arns import issuer_in
from tools.lab.errors import NothingFoundError, ToolError

from .cloud import Cloud
from .eks import SUBNETS, VPC, describe_cluster

Answer = Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]


def _partition(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "partition": cloud.partition,
        "dnsSuffix": cloud.dns_suffix,
        "reverseDnsPrefix": ".".join(reversed(cloud.dns_suffix.split("."))),
        "id": cloud.partition,
    }


def _caller_identity(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    caller = cloud.client("sts").get_caller_identity()
    return {
        "id": caller["Account"],
        "accountId": caller["Account"],
        "arn": caller["Arn"],
        "userId": caller["UserId"],
    }


def _authorization_token(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    token = cloud.client("ecr").get_authorization_token()["authorizationData"][0]
    return {
        "authorizationToken": token["authorizationToken"],
        "proxyEndpoint": token["proxyEndpoint"],
        "userName": "AWS",
        "password": token["authorizationToken"],
    }


def _cluster(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": arguments["name"], **describe_cluster(cloud, arguments["name"])}


def _addon(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """An existing cluster has the add-on: it is of the rehearsal's own making."""
    cluster_name, name = arguments["clusterName"], arguments["addonName"]
    return {"id": f"{cluster_name}:{name}", "clusterName": cluster_name, "addonName": name}


def _oidc_provider(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    url = arguments["url"].removeprefix("https://")
    known = cloud.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    for provider in known:
        if issuer_in(provider["Arn"]) == url:
            return {"id": provider["Arn"], "arn": provider["Arn"], "url": url}
    raise NothingFoundError(f"there is no OIDC provider {url}")


def _zones(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": cloud.region, "names": [f"{cloud.region}{zone}" for zone in "abc"]}


def _vpc(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": arguments["id"], "cidrBlock": "172.31.0.0/16"}


def _subnet(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Subnets that the rehearsal knows are in zones of their own, all others in the first."""
    known = dict(zip(SUBNETS, "ab", strict=True))
    zone = known.get(arguments["id"], "a")
    return {"id": arguments["id"], "vpcId": VPC, "availabilityZone": f"{cloud.region}{zone}"}


def _route_tables(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": arguments["vpcId"], "ids": ["rtb-0123456789abcdef0"]}


ANSWERS: Final[Mapping[str, Answer]] = {
    "aws:ec2/getRouteTables:getRouteTables": _route_tables,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _authorization_token,
    "aws:eks/getAddon:getAddon": _addon,
    "aws:eks/getCluster:getCluster": _cluster,
    "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": _oidc_provider,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
}


def answer(cloud: Cloud, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a provider's function gives back.

    Raises:
        ToolError: The rehearsal does not know the function.
    """
    if token not in ANSWERS:
        raise ToolError(f"the rehearsal does not know the function {token}.")
    return ANSWERS[token](cloud, arguments)
