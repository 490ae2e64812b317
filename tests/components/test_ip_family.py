from typing import Any

import pytest

from components import Credentials, IpFamily
from components.agent.pod.ip_family import (
    any_address,
    credentials_addresses,
    metadata_environment,
    own_address,
    single_families,
)


@pytest.mark.parametrize(
    ("family", "singles", "anywhere", "own"),
    [
        (IpFamily.IPV4, ["ipv4"], "0.0.0.0:7", "127.0.0.1:7"),
        (IpFamily.IPV6, ["ipv6"], "[::]:7", "[::1]:7"),
        (IpFamily.DUAL_STACK, ["ipv4", "ipv6"], "[::]:7", "127.0.0.1:7"),
    ],
)
def test_a_family_says_where_to_listen(
    family: IpFamily, singles: list[str], anywhere: str, own: str
) -> None:
    assert single_families(family) == singles
    assert any_address(family, 7) == anywhere
    assert own_address(family, 7) == own


@pytest.mark.parametrize("credentials", Credentials)
def test_both_families_have_the_sources_of_each(credentials: Credentials) -> None:
    each = [credentials_addresses(credentials, one) for one in (IpFamily.IPV4, IpFamily.IPV6)]
    assert credentials_addresses(credentials, IpFamily.DUAL_STACK) == [*each[0], *each[1]]
    assert all("." in address for address in each[0])
    assert all(":" in address for address in each[1])


def test_tokens_of_a_service_account_have_no_source_nearby() -> None:
    assert credentials_addresses(Credentials.IRSA, IpFamily.DUAL_STACK) == []


@pytest.mark.parametrize(
    ("text", "singles"), [("ipv6", ["ipv6"]), ("dual-stack", ["ipv4", "ipv6"])]
)
def test_a_family_may_come_as_its_text_from_other_languages(text: Any, singles: list[str]) -> None:
    credentials: Any = "pod-identity"
    assert single_families(text) == singles
    assert len(credentials_addresses(credentials, text)) == len(singles)


@pytest.mark.parametrize("credentials", Credentials)
@pytest.mark.parametrize("family", IpFamily)
def test_the_node_s_credentials_are_asked_for_by_ipv6_where_there_is_nothing_else(
    credentials: Credentials, family: IpFamily
) -> None:
    asked = metadata_environment(credentials, family)
    by_ipv6 = [{"name": "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "value": "IPv6"}]
    alone = credentials == Credentials.NODE_ROLE and family == IpFamily.IPV6
    assert asked == (by_ipv6 if alone else [])
