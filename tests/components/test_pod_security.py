from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

import pytest

from tests.components.restricted import violations
from tests.support.program import VARIANTS, only, variant
from tools.lab.deployment import Deployment, Manifest

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
WARN: Final = "pod-security.kubernetes.io/warn"
WORKLOADS: Final = ("DaemonSet", "Deployment")

CONTEXT: Final = "securityContext"

HOST_PORT: Final = ("article", "adopted-node-role", "host-port")
"""Those whose daemon has a port of its node."""

BREAKAGES: Final[list[tuple[Mapping[str, Any], Mapping[str, Any], str]]] = [
    ({"hostNetwork": True}, {}, "hostNetwork"),
    ({"hostPID": True}, {}, "hostPID"),
    ({"hostIPC": True}, {}, "hostIPC"),
    ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, {}, "volumes"),
    ({}, {"ports": [{"hostPort": 2000}]}, "xray-daemon.ports.hostPort"),
    ({}, {"livenessProbe": {"httpGet": {"host": "a"}}}, "xray-daemon.handler.host"),
    ({}, {"lifecycle": {"preStop": {"httpGet": {"host": "a"}}}}, "xray-daemon.handler.host"),
    ({}, {CONTEXT: {"privileged": True}}, f"xray-daemon.{CONTEXT}.privileged"),
    ({}, {CONTEXT: {"procMount": "Unmasked"}}, f"xray-daemon.{CONTEXT}.procMount"),
    ({}, {CONTEXT: {"runAsUser": 0}}, f"xray-daemon.{CONTEXT}.runAsUser"),
    ({}, {CONTEXT: {"runAsNonRoot": False}}, f"xray-daemon.{CONTEXT}.runAsNonRoot"),
    (
        {},
        {CONTEXT: {"allowPrivilegeEscalation": True}},
        f"xray-daemon.{CONTEXT}.allowPrivilegeEscalation",
    ),
    ({}, {CONTEXT: {"capabilities": {}}}, f"xray-daemon.{CONTEXT}.capabilities.drop"),
    (
        {},
        {CONTEXT: {"capabilities": {"drop": ["ALL"], "add": ["NET_RAW"]}}},
        f"xray-daemon.{CONTEXT}.capabilities.add",
    ),
    (
        {},
        {CONTEXT: {"seccompProfile": {"type": "Unconfined"}}},
        f"xray-daemon.{CONTEXT}.seccompProfile",
    ),
    ({CONTEXT: {"runAsUser": 0}}, {}, f"{CONTEXT}.runAsUser"),
    ({CONTEXT: {"runAsNonRoot": None}}, {}, f"xray-daemon.{CONTEXT}.runAsNonRoot"),
    ({CONTEXT: {"seccompProfile": {}}}, {}, f"xray-daemon.{CONTEXT}.seccompProfile"),
    ({CONTEXT: {"sysctls": [{"name": "kernel.msgmax"}]}}, {}, f"{CONTEXT}.sysctls"),
    ({CONTEXT: {"appArmorProfile": {"type": "Unconfined"}}}, {}, f"{CONTEXT}.appArmorProfile"),
    ({CONTEXT: {"seLinuxOptions": {"user": "root"}}}, {}, f"{CONTEXT}.seLinuxOptions"),
    (
        {CONTEXT: {"windowsOptions": {"hostProcess": True}}},
        {},
        f"{CONTEXT}.windowsOptions.hostProcess",
    ),
]
"""Changes of the pod and of its container, and what the restricted level refuses of them."""


def pod_of(workload: Manifest) -> Manifest:
    return workload["spec"]["template"]["spec"]


def pods_of(deployment: Deployment) -> list[Manifest]:
    return [pod_of(workload) for kind in WORKLOADS for workload in deployment.objects(kind)]


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in HOST_PORT])
def test_kubernetes_restricted_level_admits_every_pod(name: str) -> None:
    pods = pods_of(variant(name))
    assert len(pods) >= 1
    assert [violations(pod) for pod in pods] == [[] for _ in pods]


@pytest.mark.parametrize("name", HOST_PORT)
def test_a_host_port_is_all_that_the_restricted_level_refuses(name: str) -> None:
    deployment = variant(name)
    found = [violations(pod) for pod in pods_of(deployment)]
    assert found == [["xray-daemon.ports.hostPort"], [], []]


def test_a_namespace_enforces_the_strictest_level_that_admits_its_pods(
    declared: Deployment,
) -> None:
    pods = pods_of(declared)
    for namespace in declared.objects("Namespace"):
        labels = namespace["metadata"]["labels"]
        restricted = not any(violations(pod) for pod in pods)
        assert labels[ENFORCE] == ("restricted" if restricted else "privileged")
        assert labels[WARN] == "restricted"


def test_no_pod_can_write_its_root_or_speak_to_kubernetes(declared: Deployment) -> None:
    for pod in pods_of(declared):
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container[CONTEXT]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize(("of_pod", "of_container", "refused"), BREAKAGES)
def test_the_check_of_the_restricted_level_finds_what_is_refused(
    of_pod: Manifest, of_container: Manifest, refused: str
) -> None:
    pod = deepcopy(pod_of(only(variant("dev").objects("DaemonSet"))))
    _change(pod, of_pod)
    _change(pod["containers"][0], of_container)

    assert refused in violations(pod)


def _change(spec: Manifest, changes: Mapping[str, Any]) -> None:
    for key, value in changes.items():
        spec[key] = {**spec.get(key, {}), **value} if isinstance(value, dict) else value
