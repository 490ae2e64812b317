"""Answers the functions of the AWS provider that the program calls."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .cloud import Cloud
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
    name = arguments["name"]
    cluster = cloud.client("eks").describe_cluster(name=name)["cluster"]
    return {
        "id": name,
        "name": name,
        "arn": cluster["arn"],
        "endpoint": cluster["endpoint"],
        "certificateAuthorities": [cluster["certificateAuthority"]],
        "identities": [{"oidcs": [cluster["identity"]["oidc"]]}],
    }


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
