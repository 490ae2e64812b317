"""What a `TraceDaemon` declares; `tests/settings/table.py` has what its inputs reach."""

from typing import Any

import pulumi
import pytest

from components.agent.service import admission_labels, admitting
from tests.support.agents import declared_with, named, pod_of, template_of, with_collector
from tests.support.program import only
from tests.support.restricted import violations
from tools.lab.deployment import Deployment, Manifest


def service_of(deployment: Deployment) -> Manifest:
    return named(deployment, "Service", "xray-service")


def policy_of(deployment: Deployment) -> Manifest:
    return named(deployment, "NetworkPolicy", "xray-daemon")["spec"]


def test_a_namespace_that_exists_is_read_by_the_name_of_one_that_was_made() -> None:
    with_its_own, in_another = declared_with(), declared_with(create_namespace=False)
    others = [each for each in with_its_own.objects() if each["kind"] != "Namespace"]
    assert in_another.objects() == others
    made = only(with_its_own.of_type("kubernetes:core/v1:Namespace"))
    assert in_another.read == {made.urn: "xray"}, "the engine then lets go of it"


def test_an_existing_namespace_must_admit_a_host_port() -> None:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    for admitted, host_port in ((labels, False), (admission_labels(True), True), ({}, True)):
        assert admitting("shop", admitted, host_port=host_port) == "shop"
    with pytest.raises(pulumi.RunError, match=r"in namespace shop, .* is baseline, not priv"):
        admitting("shop", labels, host_port=True)


def test_every_container_has_what_a_platform_wants() -> None:
    wants = {
        "cpu_request_millicores": 300,
        "cpu_limit_millicores": 0,
        "memory_request_percent": 100,
        "fixed_user_ids": False,
        "network_policy": False,
    }
    deployment = with_collector(gateway_replicas=1, platform=wants)
    assert not deployment.objects("NetworkPolicy")
    for pod in (pod_of(deployment), pod_of(deployment, "Deployment")):
        assert violations(pod) == []
        assert pod["securityContext"].keys() == {"runAsNonRoot", "seccompProfile"}
        for resources in (each["resources"] for each in pod["containers"]):
            assert (resources["requests"]["cpu"], "cpu" in resources["limits"]) == ("300m", False)
            assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_labels_are_on_every_object_and_select_no_pod() -> None:
    deployment = with_collector(labels={"team": "shop"}, gateway_replicas=1)
    templates = [template_of(deployment, kind) for kind in ("DaemonSet", "Deployment")]
    objects = [*deployment.objects(), *templates]
    assert len(objects) == 13
    for each in objects:
        labels = each["metadata"]["labels"]
        assert labels["team"] == "shop"
        assert labels["app.kubernetes.io/part-of"] == "xray-on-kubernetes"
        assert labels["app.kubernetes.io/managed-by"] == "pulumi"
    selected = {"app.kubernetes.io/name": "xray-daemon"}
    assert selected.items() <= template_of(deployment)["metadata"]["labels"].items()
    assert only(deployment.objects("DaemonSet"))["spec"]["selector"] == {"matchLabels": selected}
    assert policy_of(deployment)["podSelector"] == {"matchLabels": selected}
    assert service_of(deployment)["spec"]["selector"] == selected


def test_annotations_are_on_the_pods_and_their_account_has_no_token() -> None:
    deployment = with_collector(pod_annotations={"team": "shop"}, gateway_replicas=1)
    for kind in ("DaemonSet", "Deployment"):
        assert template_of(deployment, kind)["metadata"]["annotations"] == {"team": "shop"}
    assert only(deployment.objects("ServiceAccount"))["automountServiceAccountToken"] is False


def test_workloads_are_made_after_what_they_rely_on_and_name_it() -> None:
    deployment = with_collector(gateway_replicas=1, prerequisites=["a-policy", "a-role"])
    for kind in ("DaemonSet", "Deployment"):
        annotations = only(deployment.objects(kind))["metadata"]["annotations"]
        assert annotations == {"xray-on-kubernetes/relies-on": "a-policy,a-role"}
    plain = only(declared_with().objects("DaemonSet"))
    assert not plain["metadata"].get("annotations")


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"host_port": True},
        {"namespace": "shop", "prerequisites": ["a-policy"]},
        {"traffic_distribution": "prefer-zone", "ip_family": "dual-stack"},
    ],
)
def test_another_agent_is_a_rollout_of_the_same_objects(inputs: dict[str, Any]) -> None:
    daemon, collector = declared_with(**inputs), with_collector(**inputs)
    before, after = (only(each.objects("DaemonSet")) for each in (daemon, collector))
    assert after["metadata"] == before["metadata"]
    for field in ("selector", "updateStrategy"):
        assert after["spec"][field] == before["spec"][field]
    assert template_of(collector)["metadata"] == template_of(daemon)["metadata"]
    for kind in ("Namespace", "ServiceAccount"):
        assert collector.objects(kind) == daemon.objects(kind)
    one, other = service_of(daemon), service_of(collector)
    assert other["metadata"] == one["metadata"]
    assert {**other["spec"], "ports": None} == {**one["spec"], "ports": None}
    assert collector.outputs["address"] == daemon.outputs["address"]
    assert set(daemon.resources) < set(collector.resources), "each keeps its name"
    kinds = [each["kind"] for each in collector.objects()]
    assert sorted(kinds) == sorted([*(each["kind"] for each in daemon.objects()), "ConfigMap"])


def test_a_daemon_takes_no_notice_of_what_is_for_a_collector() -> None:
    described = {
        "gateway_replicas": 2,
        "collector_exporter": "otlp",
        "collector_memory_limit_mib": 512,
        "tail_sampling": {"percent": 5},
    }
    assert declared_with(**described).objects() == declared_with().objects()
