"""A container's environment and command line, as they are on this machine."""

from typing import Any

import pytest

from tools.lab.errors import ToolError
from tools.rehearsal.network import Addresses
from tools.rehearsal.pods import Pod, environment_of

PORT = 40000


def _pod(**container: Any) -> Pod:
    ports = [{"containerPort": 8080}]
    return Pod("a-0", "xray", {"app": "a"}, {"ports": ports, **container}, {8080: PORT})


@pytest.fixture
def addresses() -> Addresses:
    known = Addresses()
    known.add("service-b", "xray", 8080, 41000)
    known.add("xray-service", "xray", 2000, 42000)
    return known


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("http://service-b:8080/path", "http://127.0.0.1:41000/path"),
        ("service-b.xray.svc.cluster.local:8080", "127.0.0.1:41000"),
        ("xray-service.xray:2000", "127.0.0.1:42000"),
        ("my-service-b.xray:8080", "my-service-b.xray:8080"),
        ("service-b.other:8080", "service-b.other:8080"),
        ("service-b.xray:80801", "service-b.xray:80801"),
        ("service-b.xray", "service-b.xray"),
    ],
)
def test_only_the_addresses_of_services_are_translated(
    addresses: Addresses, text: str, translated: str
) -> None:
    assert addresses.translate(text) == translated


def test_a_variable_from_an_unknown_source_is_an_error(addresses: Addresses) -> None:
    pod = _pod(env=[{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}])
    with pytest.raises(ToolError, match="variable KEY of pod a-0"):
        environment_of(pod, addresses)
