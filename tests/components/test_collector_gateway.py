from pathlib import Path
from typing import Any, Final

import pytest

from components.agent.collector.program import COLLECTOR_FLUSH_SECONDS
from tests.components.collectors import files_of, pod_of, template_of, with_collector
from tests.support.program import only
from tools.lab.deployment import Deployment, Manifest

GATEWAY: Final = {"app.kubernetes.io/name": "xray-gateway"}
COLLECTORS: Final = {"app.kubernetes.io/name": "xray-daemon"}

KINDS: Final = ("Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service")

RESOLVER_SECONDS: Final = 5
"""How often a node's collector looks for the gateway's pods (exporter `loadbalancing`, README)."""


def with_gateway(directory: Path, *, inside: Any = None, **inputs: Any) -> Deployment:
    return with_collector(directory, inside={"gateway_replicas": 2, **(inside or {})}, **inputs)


def of_gateway(deployment: Deployment, kind: str) -> Manifest:
    objects = deployment.objects(kind)
    return only([each for each in objects if each["metadata"]["name"] == "xray-gateway"])


def container_of(deployment: Deployment) -> Manifest:
    return only(pod_of(deployment, "Deployment")["containers"])


@pytest.mark.parametrize("inside", [{}, {"gateway_replicas": 0}])
def test_there_is_no_gateway_unless_one_is_asked_for(
    tmp_path: Path, inside: dict[str, Any]
) -> None:
    deployment = with_collector(tmp_path, inside=inside)
    assert not deployment.objects("Deployment")
    assert not [each for each in deployment.objects() if "gateway" in str(each)]


@pytest.mark.parametrize("replicas", [1, 3])
def test_a_gateway_has_as_many_pods_as_are_asked_for(tmp_path: Path, replicas: int) -> None:
    deployment = with_gateway(tmp_path, inside={"gateway_replicas": replicas})
    assert of_gateway(deployment, "Deployment")["spec"]["replicas"] == replicas


@pytest.mark.parametrize("namespace", ["xray", "tracing"])
def test_the_nodes_collectors_find_each_of_its_pods_by_one_name(
    tmp_path: Path, namespace: str
) -> None:
    deployment = with_gateway(tmp_path, namespace=namespace)
    service = of_gateway(deployment, "Service")
    exporter = files_of(deployment)["collector.yaml"]["exporters"]["loadbalancing"]
    (port,) = service["spec"]["ports"]
    assert service["spec"]["clusterIP"] == "None", "else one address leads to any pod"
    assert exporter["resolver"]["dns"] == {
        "hostname": f"{service['metadata']['name']}.{service['metadata']['namespace']}",
        "port": str(port["port"]),
    }
    assert service["metadata"]["namespace"] == namespace


def test_the_service_leads_to_the_port_on_which_the_gateway_takes_spans(tmp_path: Path) -> None:
    deployment = with_gateway(tmp_path)
    (port,) = of_gateway(deployment, "Service")["spec"]["ports"]
    ports = {each["name"]: each["containerPort"] for each in container_of(deployment)["ports"]}
    assert ports == {"otlp-grpc": 4317, "health": 13133, "metrics": 8888}
    assert ports[port["targetPort"]] == port["port"] == 4317


def test_what_selects_the_gateway_s_pods_selects_no_others(tmp_path: Path) -> None:
    deployment = with_gateway(tmp_path)
    assert GATEWAY.items() <= template_of(deployment, "Deployment")["metadata"]["labels"].items()
    assert not GATEWAY.items() <= template_of(deployment)["metadata"]["labels"].items()
    workload, policy, budget, service = (of_gateway(deployment, kind)["spec"] for kind in KINDS)
    assert workload["selector"] == budget["selector"] == {"matchLabels": GATEWAY}
    assert policy["podSelector"] == {"matchLabels": GATEWAY}
    assert service["selector"] == GATEWAY


def test_spans_come_from_the_nodes_collectors_alone(tmp_path: Path) -> None:
    deployment = with_gateway(tmp_path)
    spans, metrics = of_gateway(deployment, "NetworkPolicy")["spec"]["ingress"]
    assert COLLECTORS.items() <= template_of(deployment)["metadata"]["labels"].items()
    assert spans == {
        "from": [{"podSelector": {"matchLabels": COLLECTORS}}],
        "ports": [{"protocol": "TCP", "port": 4317}],
    }
    assert metrics["ports"] == [{"protocol": "TCP", "port": 8888}]


def test_the_way_out_of_the_gateway_is_that_of_the_nodes(tmp_path: Path) -> None:
    inputs = {"credentials": "node-role", "proxy_url": "http://proxy.example.com:3128"}
    gateway, plain = with_gateway(tmp_path, **inputs), with_collector(tmp_path, **inputs)
    to_aws = only(plain.objects("NetworkPolicy"))["spec"]["egress"]
    assert of_gateway(gateway, "NetworkPolicy")["spec"]["egress"] == to_aws
    variables = {each["name"]: each.get("value") for each in container_of(gateway)["env"]}
    assert variables["HTTPS_PROXY"] == "http://proxy.example.com:3128"


def test_no_two_pods_are_on_one_node_where_there_are_others(tmp_path: Path) -> None:
    affinity = pod_of(with_gateway(tmp_path), "Deployment")["affinity"]["podAntiAffinity"]
    (preferred,) = affinity["preferredDuringSchedulingIgnoredDuringExecution"]
    assert preferred["podAffinityTerm"] == {
        "labelSelector": {"matchLabels": GATEWAY},
        "topologyKey": "kubernetes.io/hostname",
    }
    assert list(affinity) == ["preferredDuringSchedulingIgnoredDuringExecution"]


def test_a_drained_node_takes_one_pod_at_a_time_and_a_rollout_none(tmp_path: Path) -> None:
    deployment = with_gateway(tmp_path)
    assert of_gateway(deployment, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    strategy = of_gateway(deployment, "Deployment")["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": "25%", "maxUnavailable": 0}


def test_a_pod_told_to_stop_takes_spans_until_every_node_knows_and_then_sends_them(
    tmp_path: Path,
) -> None:
    pod = pod_of(with_gateway(tmp_path), "Deployment")
    sleep = only(pod["containers"])["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep >= 2 * RESOLVER_SECONDS
    assert pod["terminationGracePeriodSeconds"] - sleep == COLLECTOR_FLUSH_SECONDS


def test_a_gateway_is_made_after_what_it_relies_on_and_names_it(tmp_path: Path) -> None:
    deployment = with_gateway(tmp_path, prerequisites=["a-policy", "a-role"])
    for kind in ("DaemonSet", "Deployment"):
        annotations = only(deployment.objects(kind))["metadata"]["annotations"]
        assert annotations == {"xray-on-kubernetes/relies-on": "a-policy,a-role"}
    plain = of_gateway(with_gateway(tmp_path), "Deployment")
    assert not plain["metadata"].get("annotations")


def test_a_gateway_writes_by_the_right_of_the_daemon_s_service_account(tmp_path: Path) -> None:
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/daemon"}
    deployment = with_gateway(
        tmp_path, credentials="irsa", service_account_annotations=role, pod_annotations={"a": "b"}
    )
    account = only(deployment.objects("ServiceAccount"))["metadata"]
    assert pod_of(deployment, "Deployment")["serviceAccountName"] == account["name"]
    assert template_of(deployment, "Deployment")["metadata"]["annotations"] == {
        "a": "b",
        "xray-on-kubernetes/credentials": "irsa",
        **role,
    }


def test_the_gateway_s_pods_have_an_image_that_their_nodes_can_run(tmp_path: Path) -> None:
    pod = pod_of(with_gateway(tmp_path, architectures=["arm64"]), "Deployment")
    required = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    expressions = only(required["nodeSelectorTerms"])["matchExpressions"]
    assert {"key": "kubernetes.io/arch", "operator": "In", "values": ["arm64"]} in expressions
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}
    assert only(pod["containers"])["image"] == "daemon:1"


@pytest.mark.parametrize(
    ("inside", "limit", "go_limit", "traces"),
    [
        ({}, "1024Mi", "921MiB", 16_384),
        ({"gateway_memory_limit_mib": 2048}, "2048Mi", "1843MiB", 32_768),
    ],
)
def test_the_gateway_s_memory_bounds_its_program_and_the_traces_that_wait(
    tmp_path: Path, inside: dict[str, Any], limit: str, go_limit: str, traces: int
) -> None:
    deployment = with_gateway(tmp_path, inside={**inside, "tail_sampling": {"percent": 5}})
    container = container_of(deployment)
    assert container["resources"]["limits"]["memory"] == limit
    assert {"name": "GOMEMLIMIT", "value": go_limit} in container["env"]
    processors = files_of(deployment, "Deployment")["collector.yaml"]["processors"]
    assert processors["tail_sampling"]["num_traces"] == traces


def test_a_gateway_s_probes_ask_where_it_says_how_it_is(tmp_path: Path) -> None:
    deployment = with_gateway(tmp_path)
    container = container_of(deployment)
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    endpoint = files_of(deployment, "Deployment")["collector.yaml"]["extensions"]["health_check"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/", "port": "health"}
    assert endpoint == {"endpoint": f"0.0.0.0:{ports['health']}"}


def test_labels_of_one_s_own_are_on_the_gateway_too_but_replace_none(tmp_path: Path) -> None:
    mine = {"team": "shop", "app.kubernetes.io/name": "mine"}
    deployment = with_gateway(tmp_path, labels=mine)
    for each in (*deployment.objects(), template_of(deployment, "Deployment")):
        labels = each["metadata"]["labels"]
        assert labels["team"] == "shop"
        assert labels["app.kubernetes.io/name"] != "mine"
