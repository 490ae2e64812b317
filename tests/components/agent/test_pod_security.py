"""Every pod is admitted by Kubernetes' `restricted` level, unless a host port is asked for."""

from copy import deepcopy
from typing import Any

import pytest

from tests.support.agents import declared_with, pod_of, with_collector
from tests.support.restricted import BREAKAGES, CONTEXT, violations
from tools.lab.deployment import Deployment, Manifest


def pods_of(deployment: Deployment) -> list[Manifest]:
    workloads = [*deployment.objects("DaemonSet"), *deployment.objects("Deployment")]
    return [each["spec"]["template"]["spec"] for each in workloads]


def test_namespaces_enforce_the_strictest_level_for_their_pods(declared: Deployment) -> None:
    pods = pods_of(declared)
    refused = {each for pod in pods for each in violations(pod)}
    assert refused <= {"xray-daemon.ports.hostPort"}
    for namespace in declared.objects("Namespace"):
        labels = namespace["metadata"]["labels"]
        level = "privileged" if refused else "restricted"
        assert labels["pod-security.kubernetes.io/enforce"] == level
        assert labels["pod-security.kubernetes.io/warn"] == "restricted"
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container[CONTEXT]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize("agent", ["xray-daemon", "collector"])
def test_a_host_port_is_all_that_restricted_refuses(agent: str) -> None:
    declare = with_collector if agent == "collector" else declared_with
    assert violations(pod_of(declare())) == []
    assert violations(pod_of(declare(host_port=True))) == [f"{agent}.ports.hostPort"]


@pytest.mark.parametrize(("of_pod", "of_container", "refused"), BREAKAGES)
def test_the_check_of_the_restricted_level_finds_violations(
    of_pod: Manifest, of_container: Manifest, refused: str
) -> None:
    pod: Any = deepcopy(pod_of(declared_with()))
    for spec, changes in ((pod, of_pod), (pod["containers"][0], of_container)):
        for key, value in changes.items():
            spec[key] = {**spec.get(key, {}), **value} if isinstance(value, dict) else value
    assert refused in violations(pod)
