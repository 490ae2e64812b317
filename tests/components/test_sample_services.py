from typing import Any, Final

import pytest

from tests.support.program import declare, only, variant
from tools.lab.deployment import Deployment

SAMPLES: Final = ("service-a", "service-b")
METADATA_SERVICE: Final = ["169.254.169.254/32", "fd00:ec2::254/128"]


def policy_of(deployment: Deployment) -> dict[str, Any]:
    policies = deployment.objects("NetworkPolicy")
    return only([each for each in policies if each["metadata"]["name"] == "sample-services"])


def labels_of(deployment: Deployment) -> dict[str, dict[str, str]]:
    workloads = deployment.objects("Deployment") + deployment.objects("DaemonSet")
    return {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in workloads
    }


def test_one_network_policy_is_for_both_services_and_for_nothing_else() -> None:
    deployment = variant("dev")
    selector = policy_of(deployment)["spec"]["podSelector"]["matchLabels"]
    selected = {
        name for name, labels in labels_of(deployment).items() if selector.items() <= labels.items()
    }
    assert selected == set(SAMPLES)


def test_it_lets_requests_in_from_anywhere_and_nothing_else() -> None:
    rule = only(policy_of(variant("dev"))["spec"]["ingress"])
    assert rule == {"ports": [{"protocol": "TCP", "port": 8080}]}


def test_a_service_reaches_dns_its_like_and_the_daemon() -> None:
    egress = policy_of(variant("dev"))["spec"]["egress"]
    ports = [[(each["protocol"], each["port"]) for each in rule["ports"]] for rule in egress]
    assert ports == [[("UDP", 53), ("TCP", 53)], [("TCP", 8080)], [("UDP", 2000), ("TCP", 2000)]]


@pytest.mark.parametrize(
    ("plugins", "addresses"),
    [([], []), (["ECSPlugin"], []), (["EC2Plugin"], METADATA_SERVICE)],
)
def test_it_reaches_the_instance_metadata_service_only_where_a_plugin_asks_there(
    plugins: list[str], addresses: list[str]
) -> None:
    egress = policy_of(declare(samplePlugins=plugins))["spec"]["egress"]
    blocks = [peer["ipBlock"]["cidr"] for rule in egress for peer in rule.get("to", [])
              if "ipBlock" in peer]  # fmt: skip
    assert blocks == addresses


@pytest.mark.parametrize("name", SAMPLES)
def test_a_node_that_is_drained_takes_one_pod_of_a_service_at_a_time(name: str) -> None:
    deployment = variant("dev")
    budgets = deployment.objects("PodDisruptionBudget")
    budget = only([each for each in budgets if each["metadata"]["name"] == name])["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= labels_of(deployment)[name].items()


@pytest.mark.parametrize("name", SAMPLES)
def test_two_pods_of_a_service_prefer_two_nodes(name: str) -> None:
    deployments = variant("dev").objects("Deployment")
    pod = only([each for each in deployments if each["metadata"]["name"] == name])["spec"]
    affinity = pod["template"]["spec"]["affinity"]["podAntiAffinity"]
    term = only(affinity["preferredDuringSchedulingIgnoredDuringExecution"])["podAffinityTerm"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"] == {"app.kubernetes.io/name": name}
