"""How the agent reaches AWS: by which addresses, through which proxy."""

import pytest

from components import CredentialSource, IpFamily
from components.agent.pod.environment import agent_environment
from components.agent.pod.ip_family import (
    credentials_addresses,
    metadata_environment,
)
from tests.support.agents import complete

PROXY = "http://proxy.example.com:3128"


def variables(**inputs: object) -> dict[str, object]:
    written = agent_environment(complete(**inputs), 128)
    return {str(each["name"]): each.get("value") for each in written}


@pytest.mark.parametrize("source", CredentialSource)
def test_dual_stack_asks_for_credentials_at_both_addresses(source: CredentialSource) -> None:
    each = [credentials_addresses(source, one) for one in (IpFamily.IPV4, IpFamily.IPV6)]
    assert credentials_addresses(source, IpFamily.DUAL_STACK) == [*each[0], *each[1]]
    assert len(each[0]) == len(each[1]) == (source != CredentialSource.IRSA)
    assert all("." in address for address in each[0])
    assert all(":" in address for address in each[1])


@pytest.mark.parametrize("source", CredentialSource)
@pytest.mark.parametrize("family", IpFamily)
def test_the_node_role_is_asked_for_by_ipv6_only_where_it_must(
    source: CredentialSource, family: IpFamily
) -> None:
    by_ipv6 = [{"name": "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "value": "IPv6"}]
    alone = source == CredentialSource.NODE_ROLE and family == IpFamily.IPV6
    assert metadata_environment(source, family) == (by_ipv6 if alone else [])


def test_without_a_proxy_the_agent_is_told_of_none() -> None:
    assert variables(no_proxy=[".example.org"]).keys() == {
        "AWS_REGION",
        "AWS_HOSTNAME",
        "GOMEMLIMIT",
    }


@pytest.mark.parametrize(
    ("source", "family", "nearby"),
    [
        ("pod-identity", "ipv4", ["169.254.170.23"]),
        ("pod-identity", "dual-stack", ["169.254.170.23", "fd00:ec2::23"]),
        ("node-role", "ipv6", ["fd00:ec2::254"]),
        ("irsa", "ipv4", []),
    ],
)
def test_credentials_and_the_cluster_are_reached_without_a_proxy(
    source: str, family: str, nearby: list[str]
) -> None:
    told = variables(
        proxy_url=PROXY,
        no_proxy=[".example.org", "10.0.0.0/8"],
        credential_source=source,
        ip_family=family,
    )
    direct = ["localhost", ".svc", ".cluster.local", *nearby, ".example.org", "10.0.0.0/8"]
    assert told["HTTPS_PROXY"] == PROXY
    assert told["NO_PROXY"] == ",".join(direct)
