"""What a `TraceDaemon` declares; `tests/settings/table.py` has what its inputs reach."""

import pulumi
import pytest

from components.agent.service import admission_labels, admitting
from tests.support.agents import declared_with, named, pod_of, template_of, with_collector
from tests.support.program import only
from tests.support.restricted import violations


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
    selected = {"app.kubernetes.io/name": "xray-daemon"}
    assert only(deployment.objects("DaemonSet"))["spec"]["selector"] == {"matchLabels": selected}
    assert named(deployment, "Service", "xray-service")["spec"]["selector"] == selected


def test_workloads_name_what_they_rely_on_and_their_pods_have_the_annotations() -> None:
    inputs = {"prerequisites": ["a-policy", "a-role"], "pod_annotations": {"team": "shop"}}
    deployment = with_collector(gateway_replicas=1, **inputs)
    for kind in ("DaemonSet", "Deployment"):
        annotations = only(deployment.objects(kind))["metadata"]["annotations"]
        assert annotations == {"xray-on-kubernetes/relies-on": "a-policy,a-role"}
        assert template_of(deployment, kind)["metadata"]["annotations"] == {"team": "shop"}


def test_a_daemon_takes_no_notice_of_what_is_for_a_collector() -> None:
    described = {
        "gateway_replicas": 2,
        "collector_exporter": "otlp",
        "collector_memory_limit_mib": 512,
        "tail_sampling": {"percent": 5},
    }
    assert declared_with(**described).objects() == declared_with().objects()
