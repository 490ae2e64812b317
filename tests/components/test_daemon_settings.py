"""The settings of the daemon reach its objects."""

from typing import Any, Final

import pytest

from tests.support.program import daemon_policy, declare, only
from tools.lab.deployment import Deployment

PROXY: Final = "http://proxy.example.com:3128"


def template_of(deployment: Deployment) -> dict[str, Any]:
    return only(deployment.objects("DaemonSet"))["spec"]["template"]


def pod_with(**settings: Any) -> dict[str, Any]:
    return template_of(declare(**settings))["spec"]


def service_with(**settings: Any) -> dict[str, Any]:
    (service,) = (
        each
        for each in declare(**settings).objects("Service")
        if each["metadata"]["name"] == "xray-service"
    )
    return service["spec"]


def test_the_nodes_and_the_priority_that_are_chosen_reach_the_pod() -> None:
    pod = pod_with(nodeSelector={"example.com/pool": "traced"}, priorityClass="high")
    assert pod["nodeSelector"] == {"example.com/pool": "traced", "kubernetes.io/os": "linux"}
    assert pod["priorityClassName"] == "high"


def test_a_pod_has_no_priority_where_the_setting_is_empty() -> None:
    assert "priorityClassName" not in pod_with(priorityClass="")


@pytest.mark.parametrize(
    ("family", "families", "policy"),
    [
        ("ipv6", ["IPv6"], "SingleStack"),
        ("dual-stack", ["IPv4", "IPv6"], "RequireDualStack"),
    ],
)
def test_the_ip_family_reaches_the_service_and_the_pod(
    family: str, families: list[str], policy: str
) -> None:
    settings = {"clusterName": "shop", "ipFamily": family, "sampleServices": False}
    service = service_with(**settings)
    assert (service["ipFamilies"], service["ipFamilyPolicy"]) == (families, policy)
    assert pod_with(**settings)["containers"][0]["args"][1] == "[::]:2000"


@pytest.mark.parametrize(
    ("routing", "rule"),
    [
        ("node", ("Local", None)),
        ("prefer-node", (None, "PreferSameNode")),
        ("prefer-zone", (None, "PreferClose")),
    ],
)
def test_the_routing_reaches_the_service(routing: str, rule: tuple[str | None, str | None]) -> None:
    service = service_with(routing=routing)
    given = service.get("internalTrafficPolicy"), service.get("trafficDistribution")
    assert given == rule


@pytest.mark.parametrize("namespaces", [[], ["xray"], ["shop", "xray"]])
def test_the_namespaces_that_may_send_reach_the_network_policy(namespaces: list[str]) -> None:
    policy = daemon_policy(declare(ingressNamespaces=namespaces))["spec"]
    (peer,) = only(policy["ingress"])["from"]
    expressions = peer["namespaceSelector"].get("matchExpressions", [])
    assert [each["values"] for each in expressions] == ([namespaces] if namespaces else [])


def test_the_proxy_reaches_the_daemon_and_its_network_policy() -> None:
    deployment = declare(proxyUrl=PROXY, noProxy=[".example.org"])
    daemon, gate = template_of(deployment)["spec"]["containers"]
    variables = {each["name"]: each.get("value") for each in daemon["env"]}
    assert variables["HTTPS_PROXY"] == PROXY
    assert variables["NO_PROXY"].endswith(",.example.org")
    assert [each["name"] for each in gate["env"]] == ["GOMEMLIMIT"]
    egress = daemon_policy(deployment)["spec"]["egress"]
    assert {
        "ports": [{"port": 443, "protocol": "TCP"}, {"port": 3128, "protocol": "TCP"}]
    } in egress


def test_arguments_of_one_s_own_reach_the_daemon() -> None:
    daemon, gate = pod_with(extraArguments=["--resource-arn", "shop"])["containers"]
    assert daemon["args"][-2:] == ["--resource-arn", "shop"]
    assert "shop" not in gate["args"]


def test_labels_reach_the_daemon_s_objects_and_no_others() -> None:
    deployment = declare(labels={"team": "shop"})
    labelled = {
        (each["kind"], each["metadata"]["name"])
        for each in deployment.objects()
        if each["metadata"]["labels"].get("team") == "shop"
    }
    assert labelled == {
        ("Namespace", "xray"),
        ("ServiceAccount", "xray-daemon"),
        ("NetworkPolicy", "xray-daemon"),
        ("DaemonSet", "xray-daemon"),
        ("Service", "xray-service"),
    }
    assert template_of(deployment)["metadata"]["labels"]["team"] == "shop"


def test_annotations_reach_the_daemon_s_pods_alone() -> None:
    deployment = declare(podAnnotations={"example.com/scrape": "true"})
    daemon_set = only(deployment.objects("DaemonSet"))
    pods = daemon_set["spec"]["template"]["metadata"]["annotations"]
    assert pods["example.com/scrape"] == "true"
    assert "example.com/scrape" not in daemon_set["metadata"]["annotations"]
