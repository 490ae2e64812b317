"""Answers the functions of the AWS provider that the program calls."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .aws_resources import create_eks_cluster, describe_eks_cluster, trust_of
from .cloud import ACCOUNT, Cloud
from .errors import RehearsalError

Answer = Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]


def _partition(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"}


def _authorization_token(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    token = cloud.client("ecr").get_authorization_token()["authorizationData"][0]
    return {
        "authorizationToken": token["authorizationToken"],
        "proxyEndpoint": token["proxyEndpoint"],
        "userName": "AWS",
        "password": token["authorizationToken"],
    }


def _cluster(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": arguments["name"], **describe_eks_cluster(cloud, arguments["name"])}


def adopt(cloud: Cloud, cluster_name: str | None, node_role_name: str | None) -> None:
    """Makes the cluster that a stack adopts, and its nodes' role: in moto nothing exists before."""
    if cluster_name is None:
        return
    roles = {"eks.amazonaws.com": f"{cluster_name}-control-plane"}
    if node_role_name is not None:
        roles["ec2.amazonaws.com"] = node_role_name
    for service, name in roles.items():
        cloud.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust_of(service))
    create_eks_cluster(
        cloud, cluster_name, f"arn:aws:iam::{ACCOUNT}:role/{roles['eks.amazonaws.com']}"
    )


ANSWERS: Final[Mapping[str, Answer]] = {
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _authorization_token,
    "aws:eks/getCluster:getCluster": _cluster,
    "aws:index/getPartition:getPartition": _partition,
}


def answer(cloud: Cloud, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a provider's function gives back.

    Raises:
        RehearsalError: The rehearsal does not know the function.
    """
    if token not in ANSWERS:
        raise RehearsalError(f"the rehearsal does not know the function {token}.")
    return ANSWERS[token](cloud, arguments)
