"""The gateway in which all spans of a trace meet; the rendered files have its objects."""

from typing import Any, Final

import pytest

from tests.support.agents import files_of, named, pod_of, with_collector
from tests.support.program import only
from tools.lab.deployment import Deployment, Manifest

GATEWAY: Final = {"app.kubernetes.io/name": "xray-gateway"}
COLLECTORS: Final = {"app.kubernetes.io/name": "xray-daemon"}

RESOLVER_SECONDS: Final = 5
"""How often a node's collector looks for the gateway's pods (exporter `load_balancing`, README)."""


def with_gateway(**inputs: Any) -> Deployment:
    return with_collector(**{"gateway_replicas": 2, **inputs})


def container_of(deployment: Deployment) -> Manifest:
    return only(pod_of(deployment, "Deployment")["containers"])


def test_there_is_no_gateway_unless_one_is_asked_for() -> None:
    assert "gateway" not in str(with_collector(gateway_replicas=0).objects())


def test_the_nodes_find_each_of_its_pods_by_one_name() -> None:
    deployment = with_gateway(namespace="tracing")
    service = named(deployment, "Service", "xray-gateway")
    exporter = files_of(deployment)["collector.yaml"]["exporters"]["load_balancing"]
    assert service["spec"]["clusterIP"] == "None", "else one address leads to any pod"
    assert service["metadata"]["namespace"] == "tracing"
    assert exporter["resolver"]["dns"] == {"hostname": "xray-gateway.tracing", "port": "4317"}


def test_the_network_leads_from_nodes_to_the_gateway_to_aws() -> None:
    inputs = {
        "credential_source": "node-role",
        "proxy_url": "http://proxy.example.com:3128",
        "ip_family": "dual-stack",
        "ingress_namespaces": ["shop"],
        "platform": {"egress_ports": [80]},
    }
    deployment, plain = with_gateway(**inputs), with_collector(**inputs)
    to_aws = named(plain, "NetworkPolicy", "xray-daemon")["spec"]["egress"]
    gateway = named(deployment, "NetworkPolicy", "xray-gateway")["spec"]
    spans = [{"protocol": "TCP", "port": 4317}]
    assert gateway["egress"] == to_aws
    assert gateway["ingress"] == [
        {"from": [{"podSelector": {"matchLabels": COLLECTORS}}], "ports": spans},
        {"from": [{"namespaceSelector": {}}], "ports": [{"protocol": "TCP", "port": 8888}]},
    ]
    node = named(deployment, "NetworkPolicy", "xray-daemon")["spec"]
    to_gateway = {"to": [{"podSelector": {"matchLabels": GATEWAY}}], "ports": spans}
    assert node["egress"] == [*to_aws, to_gateway]
    variables = {each["name"]: each.get("value") for each in container_of(deployment)["env"]}
    assert variables["HTTPS_PROXY"] == "http://proxy.example.com:3128"


def test_its_pods_go_to_nodes_that_can_run_them() -> None:
    pod = pod_of(with_gateway(architectures=["arm64"]), "Deployment")
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    expressions = only(required["nodeSelectorTerms"])["matchExpressions"]
    assert {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]} in expressions


def test_a_stopping_pod_takes_spans_until_every_node_knows() -> None:
    pod = pod_of(with_gateway(), "Deployment")
    sleep = only(pod["containers"])["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep >= 2 * RESOLVER_SECONDS
    assert pod["terminationGracePeriodSeconds"] - sleep == 30, "in which it sends what it has"


@pytest.mark.parametrize(
    ("inputs", "limit", "go_limit"),
    [({}, "1024Mi", "921MiB"), ({"gateway_memory_limit_mib": 2048.0}, "2048Mi", "1843MiB")],
)
def test_its_memory_bounds_its_program(inputs: dict[str, Any], limit: str, go_limit: str) -> None:
    container = container_of(with_gateway(**inputs))
    assert container["resources"]["limits"]["memory"] == limit
    assert {"name": "GOMEMLIMIT", "value": go_limit} in container["env"]
