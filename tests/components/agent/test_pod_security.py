"""Every pod is admitted by Kubernetes' `restricted` level, unless a host port is asked for."""

import pytest

from tests.support.agents import declared_with, pod_of, with_collector
from tests.support.restricted import violations
from tools.lab.deployment import Deployment, Manifest


def pods_of(deployment: Deployment) -> list[Manifest]:
    workloads = [*deployment.objects("DaemonSet"), *deployment.objects("Deployment")]
    return [each["spec"]["template"]["spec"] for each in workloads]


def test_namespaces_enforce_the_strictest_level_for_their_pods(declared: Deployment) -> None:
    pods = pods_of(declared)
    refused = {each for pod in pods for each in violations(pod)}
    assert all("of its node in container xray-daemon" in each for each in refused)
    for namespace in declared.objects("Namespace"):
        labels = namespace["metadata"]["labels"]
        level = "privileged" if refused else "restricted"
        assert labels["pod-security.kubernetes.io/enforce"] == level
        assert labels["pod-security.kubernetes.io/warn"] == "restricted"
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("agent", ["xray-daemon", "collector"])
def test_a_host_port_is_all_that_restricted_refuses(agent: str) -> None:
    declare = with_collector if agent == "collector" else declared_with
    assert violations(pod_of(declare())) == []
    refused = f"Pod pod takes port 2000 of its node in container {agent}; it must have no hostPort."
    assert violations(pod_of(declare(host_port=True))) == [refused]
