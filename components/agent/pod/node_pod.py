"""The pod that runs on every node, whatever takes traces in it."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict, PodSpecArgsDict

from ..daemon.command import DAEMON_USER
from .affinity import node_affinity
from .drain import PRE_STOP_SECONDS
from .security import restricted_pod


def node_pod_spec(
    container: ContainerArgsDict,
    gate: ContainerArgsDict | None,
    *,
    service_account: pulumi.Input[str],
    flush_seconds: int,
    architectures: pulumi.Input[Sequence[str]] | None = None,
    node_selector: Mapping[str, pulumi.Input[str]] | None = None,
    priority_class: pulumi.Input[str] | None = None,
) -> PodSpecArgsDict:
    """Returns the pod of a DaemonSet for every node, which Kubernetes' `restricted` level admits.

    Args:
        container: What takes traces in it.
        gate: Its readiness gate, with which it still listens for a while when told to stop.
        service_account: The pod's service account.
        flush_seconds: How long it may take to send what it has, once it no longer listens.
        architectures: Those of the nodes that can run the image; none stands for any.
        node_selector: Labels of the nodes that get a pod, beside Linux; none stands for all.
        priority_class: Name of the pod's priority class.
    """
    containers = [container]
    if gate is not None:
        container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": PRE_STOP_SECONDS}}}
        containers.append(gate)
    spec: PodSpecArgsDict = {
        "service_account_name": service_account,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "termination_grace_period_seconds": flush_seconds
        + (0 if gate is None else PRE_STOP_SECONDS),
        "security_context": restricted_pod(DAEMON_USER),
        "node_selector": {**(node_selector or {}), "kubernetes.io/os": "linux"},
        "affinity": {"node_affinity": node_affinity(architectures, fargate=False)},
        "tolerations": [{"operator": "Exists"}],
        "containers": containers,
    }
    if priority_class is not None:
        spec["priority_class_name"] = priority_class
    return spec
