from typing import Final

import pytest

from components import Credentials, IpFamily
from components.agent.pod.proxy import proxy_environment, proxy_port

PROXY: Final = "http://proxy.example.com:3128"


def variables(
    credentials: Credentials, family: IpFamily = IpFamily.IPV4, *no_proxy: str
) -> dict[str, object]:
    given = proxy_environment(PROXY, no_proxy, credentials, family)
    return {str(each["name"]): each.get("value") for each in given}


def test_without_a_proxy_the_daemon_is_told_of_none() -> None:
    assert proxy_environment(None, [], Credentials.POD_IDENTITY, IpFamily.IPV4) == []


@pytest.mark.parametrize(
    ("credentials", "family", "nearby"),
    [
        (Credentials.POD_IDENTITY, IpFamily.IPV4, ["169.254.170.23"]),
        (Credentials.POD_IDENTITY, IpFamily.DUAL_STACK, ["169.254.170.23", "fd00:ec2::23"]),
        (Credentials.NODE_ROLE, IpFamily.IPV6, ["fd00:ec2::254"]),
        (Credentials.IRSA, IpFamily.IPV4, []),
    ],
)
def test_the_daemon_goes_to_its_credentials_and_in_its_cluster_without_the_proxy(
    credentials: Credentials, family: IpFamily, nearby: list[str]
) -> None:
    inside = ["localhost", ".svc", ".cluster.local", *nearby]
    assert variables(credentials, family) == {"HTTPS_PROXY": PROXY, "NO_PROXY": ",".join(inside)}


def test_hosts_of_one_s_own_are_reached_without_the_proxy_too() -> None:
    said = str(variables(Credentials.IRSA, IpFamily.IPV4, ".example.org", "10.0.0.0/8")["NO_PROXY"])
    assert said.split(",")[-2:] == [".example.org", "10.0.0.0/8"]


@pytest.mark.parametrize(
    ("proxy_url", "port"),
    [
        (PROXY, 3128),
        ("http://proxy.example.com", 80),
        ("https://proxy.example.com", 443),
        ("https://[fd00::7]:8443", 8443),
    ],
)
def test_a_proxy_without_a_port_has_that_of_its_scheme(proxy_url: str, port: int) -> None:
    assert proxy_port(proxy_url) == port


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Port out of range"):
        proxy_port("http://proxy.example.com:65536")
