"""The gateway in which all spans of a trace meet."""

from typing import Any, Final

import pytest

from tests.support.agents import files_of, named, pod_of, template_of, with_collector
from tests.support.program import only
from tools.lab.deployment import Deployment, Manifest

GATEWAY: Final = {"app.kubernetes.io/name": "xray-gateway"}
COLLECTORS: Final = {"app.kubernetes.io/name": "xray-daemon"}

KINDS: Final = ("Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service")

FLUSH_SECONDS: Final = 30
RESOLVER_SECONDS: Final = 5
"""How often a node's collector looks for the gateway's pods (exporter `load_balancing`, README)."""


def with_gateway(**inputs: Any) -> Deployment:
    return with_collector(**{"gateway_replicas": 2, **inputs})


def of_gateway(kind: str, **inputs: Any) -> Manifest:
    return named(with_gateway(**inputs), kind, "xray-gateway")


def container_of(deployment: Deployment) -> Manifest:
    return only(pod_of(deployment, "Deployment")["containers"])


def test_there_is_no_gateway_unless_one_is_asked_for() -> None:
    deployment = with_collector(gateway_replicas=0)
    assert deployment.objects() == with_collector().objects()
    assert not [each for each in deployment.objects() if "gateway" in str(each)]


@pytest.mark.parametrize("replicas", [1, 3.0])
def test_a_gateway_has_as_many_pods_as_are_asked_for(replicas: float) -> None:
    assert of_gateway("Deployment", gateway_replicas=replicas)["spec"]["replicas"] == replicas


@pytest.mark.parametrize("namespace", ["xray", "tracing"])
def test_the_nodes_find_each_of_its_pods_by_one_name(namespace: str) -> None:
    deployment = with_gateway(namespace=namespace)
    service = named(deployment, "Service", "xray-gateway")
    exporter = files_of(deployment)["collector.yaml"]["exporters"]["load_balancing"]
    port = only(service["spec"]["ports"])
    assert service["spec"]["clusterIP"] == "None", "else one address leads to any pod"
    assert service["metadata"]["namespace"] == namespace
    dns = {"hostname": f"xray-gateway.{namespace}", "port": str(port["port"])}
    assert exporter["resolver"]["dns"] == dns
    ports = {each["name"]: each["containerPort"] for each in container_of(deployment)["ports"]}
    assert ports == {"otlp-grpc": 4317, "health": 13133, "metrics": 8888}
    assert ports[port["targetPort"]] == port["port"] == 4317


def test_what_selects_the_gateway_s_pods_selects_no_others() -> None:
    deployment = with_gateway()
    assert GATEWAY.items() <= template_of(deployment, "Deployment")["metadata"]["labels"].items()
    assert not GATEWAY.items() <= template_of(deployment)["metadata"]["labels"].items()
    workload, policy, budget, service = (of_gateway(kind)["spec"] for kind in KINDS)
    assert workload["selector"] == budget["selector"] == {"matchLabels": GATEWAY}
    assert policy["podSelector"] == {"matchLabels": GATEWAY}
    assert service["selector"] == GATEWAY


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


def test_pods_are_spread_over_the_nodes_that_can_run_them() -> None:
    pod = pod_of(with_gateway(architectures=["arm64"]), "Deployment")
    assert pod["affinity"]["podAntiAffinity"] == {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100,
                "podAffinityTerm": {
                    "labelSelector": {"matchLabels": GATEWAY},
                    "topologyKey": "kubernetes.io/hostname",
                },
            }
        ]
    }
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    expressions = only(required["nodeSelectorTerms"])["matchExpressions"]
    assert {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]} in expressions
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert only(pod["containers"])["image"] == "agent:1"


def test_a_drain_takes_one_pod_at_a_time_and_a_rollout_none() -> None:
    assert of_gateway("PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    strategy = of_gateway("Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": "25%", "maxUnavailable": 0}


def test_a_stopping_pod_takes_spans_until_every_node_knows() -> None:
    pod = pod_of(with_gateway(), "Deployment")
    sleep = only(pod["containers"])["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep >= 2 * RESOLVER_SECONDS
    assert pod["terminationGracePeriodSeconds"] - sleep == FLUSH_SECONDS


def test_a_gateway_writes_with_the_service_account_of_the_agent() -> None:
    account = only(with_gateway().objects("ServiceAccount"))["metadata"]
    assert pod_of(with_gateway(), "Deployment")["serviceAccountName"] == account["name"]


@pytest.mark.parametrize(
    ("inputs", "limit", "go_limit"),
    [({}, "1024Mi", "921MiB"), ({"gateway_memory_limit_mib": 2048.0}, "2048Mi", "1843MiB")],
)
def test_its_memory_bounds_its_program(inputs: dict[str, Any], limit: str, go_limit: str) -> None:
    container = container_of(with_gateway(**inputs))
    assert container["resources"]["limits"]["memory"] == limit
    assert {"name": "GOMEMLIMIT", "value": go_limit} in container["env"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/", "port": "health"}
