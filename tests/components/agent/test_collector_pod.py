"""The collector's container on each node."""

from typing import Any

import pytest

from tests.support.agents import node_pod


def container(**inputs: Any) -> dict[str, Any]:
    return node_pod(agent="collector", **inputs)["containers"][0]


def test_the_kubelet_asks_the_collector_whether_it_is_healthy() -> None:
    for probe in ("startup_probe", "readiness_probe", "liveness_probe"):
        assert container()[probe]["http_get"] == {"path": "/", "port": "health"}


@pytest.mark.parametrize("limit", [192, 384, 8192])
def test_a_collector_may_use_the_memory_that_it_is_given(limit: int) -> None:
    made = container(collector_memory_limit_mib=limit, memory_limit_mib=64)
    assert made["resources"]["limits"]["memory"] == f"{limit}Mi"
    assert made["resources"]["requests"]["memory"] == f"{limit // 2}Mi"
    assert {"name": "GOMEMLIMIT", "value": f"{limit * 9 // 10}MiB"} in made["env"]


def test_a_collector_knows_its_region_node_and_proxy() -> None:
    proxy = "http://proxy.example.com:3128"
    told = {each["name"]: each.get("value") for each in container(proxy_url=proxy)["env"]}
    assert told["AWS_REGION"] == "eu-west-1"
    assert "AWS_HOSTNAME" in told
    assert told["HTTPS_PROXY"] == proxy
