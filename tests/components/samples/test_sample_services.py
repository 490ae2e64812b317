"""The objects around the two sample services."""

from typing import Any

import pytest

from tests.support.program import declare, only, samples, variant, workloads
from tools.lab.deployment import Deployment


def policy_of(deployment: Deployment) -> dict[str, Any]:
    policies = deployment.objects("NetworkPolicy")
    return only([each for each in policies if each["metadata"]["name"] == "sample-services"])[
        "spec"
    ]


def test_network_policy_opens_what_both_services_need() -> None:
    deployment = variant("dev")
    policy = policy_of(deployment)
    selector = policy["podSelector"]["matchLabels"].items()
    assert {
        name
        for name, each in workloads(deployment).items()
        if selector <= each["spec"]["template"]["metadata"]["labels"].items()
    } == {"service-a", "service-b"}
    assert policy["ingress"] == [{"ports": [{"protocol": "TCP", "port": 8080}]}]
    # DNS, the other service, and the agent.
    assert [
        [(port["protocol"], port["port"]) for port in rule["ports"]] for rule in policy["egress"]
    ] == [[("UDP", 53), ("TCP", 53)], [("TCP", 8080)], [("UDP", 2000), ("TCP", 2000)]]


@pytest.mark.parametrize(
    ("plugins", "addresses"),
    [(["ECSPlugin"], []), (["EC2Plugin"], ["169.254.169.254/32", "fd00:ec2::254/128"])],
)
def test_only_the_ec2_plugin_reaches_instance_metadata(
    plugins: list[str], addresses: list[str]
) -> None:
    peers = [
        peer
        for rule in policy_of(declare(samplePlugins=plugins))["egress"]
        for peer in rule.get("to", [])
    ]
    assert [each["ipBlock"]["cidr"] for each in peers if "ipBlock" in each] == addresses


def test_two_pods_of_a_service_outlive_a_drained_node() -> None:
    deployment = variant("dev")
    budgets = {each["metadata"]["name"]: each for each in deployment.objects("PodDisruptionBudget")}
    for sample in samples(deployment):
        name, pod = sample["metadata"]["name"], sample["spec"]["template"]
        budget = budgets[name]["spec"]
        assert sample["spec"]["replicas"] == 2
        assert budget["maxUnavailable"] == 1
        assert budget["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        spread = pod["spec"]["affinity"]["podAntiAffinity"]
        term = only(spread["preferredDuringSchedulingIgnoredDuringExecution"])["podAffinityTerm"]
        assert term["topologyKey"] == "kubernetes.io/hostname"
        assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": name}
