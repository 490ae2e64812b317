"""The pod that runs on every node, whatever agent is in it."""

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict, PodSpecArgsDict, VolumeArgsDict

from ..agent import AGENT_USER, Agent, container_ports
from ..args import NodePodArgs, TraceDaemonArgs
from .affinity import node_affinity
from .containers import restricted_pod
from .credentials import with_role
from .drain import PRE_STOP_SECONDS


def on_each_node(pod: PodSpecArgsDict, args: NodePodArgs) -> PodSpecArgsDict:
    """Returns a pod that runs on each node that may have an agent, whatever its taints."""
    return {
        **pod,
        "node_selector": {**args["node_selector"], "kubernetes.io/os": "linux"},
        "affinity": {"node_affinity": node_affinity(args["architectures"], fargate=False)},
        "tolerations": [{"operator": "Exists"}],
    }


def node_pod_spec(
    agent: Agent,
    args: TraceDaemonArgs,
    service_account: pulumi.Input[str],
    volume: VolumeArgsDict | None = None,
) -> PodSpecArgsDict:
    """Returns the pod of a DaemonSet; the Pod Security level `restricted` admits it.

    With a host port, only the `privileged` level does. Two such pods can't share a node, so that
    there is no other to send traces to while one stops: the pod has no drain sentinel.
    """
    host_port = args["host_port"]
    containers: list[ContainerArgsDict] = [
        {**container, "ports": container_ports(ports, host_port=host_port)}
        for container, ports in agent.containers
    ]
    if not host_port:
        for container in containers:
            container["lifecycle"] = {"pre_stop": {"sleep": {"seconds": PRE_STOP_SECONDS}}}
    drain_seconds = 0 if host_port else PRE_STOP_SECONDS
    spec: PodSpecArgsDict = {
        "service_account_name": service_account,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "termination_grace_period_seconds": agent.flush_seconds + drain_seconds,
        "security_context": restricted_pod(AGENT_USER, args["platform"]),
        "containers": containers if host_port else [*containers, agent.sentinel],
    }
    if args["priority_class"] is not None:
        spec["priority_class_name"] = args["priority_class"]
    if volume is not None:
        spec["volumes"] = [volume]
    return with_role(on_each_node(spec, args), args, holders=len(containers))
