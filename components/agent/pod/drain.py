"""The container that closes a pod to new traces as soon as the pod is told to stop.

kube-proxy keeps a client's UDP flow on a pod for as long as the pod is ready, even while it
stops; the daemon closes its socket when it is told to stop, up to a second before the pod's
endpoint goes. What arrives in between is lost. So the pod has to stop being ready first, while
the daemon still listens. The drain sentinel does that: it is a server without a task of its own,
which ends at once when the pod is told to stop, while the daemon's `preStop` hook sleeps. The
probe of its port fails, the pod is no longer ready, and kube-proxy sends every flow to the pod
that replaces it.

It needs no image of its own: any program of the pod's image that listens and ends on SIGTERM will
do, such as the daemon itself on other ports.
"""

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict, VolumeMountArgsDict

from ..args import TraceDaemonArgs
from .containers import RESTRICTED_CONTAINER, container_resources, go_memory_limit

SENTINEL_PORT: Final = 2001
"""TCP; for the readiness probe alone."""

FAILURES: Final = 2
"""Failed probes, one a second, until the pod is not ready: one alone may be a busy node's."""

PRE_STOP_SECONDS: Final = 8
"""How long a stopping pod still listens: until the probe has failed, and every kube-proxy knows."""


def drain_sentinel(
    args: TraceDaemonArgs,
    arguments: Sequence[pulumi.Input[str]],
    *,
    memory_limit_mib: int = 0,
    volume_mounts: Sequence[VolumeMountArgsDict] = (),
) -> ContainerArgsDict:
    """Returns the drain sentinel; its arguments make it listen on `SENTINEL_PORT` alone."""
    platform = args["platform"]
    memory_limit_mib = max(memory_limit_mib, platform["sentinel_memory_limit_mib"])
    sentinel: ContainerArgsDict = {
        "name": "drain-sentinel",
        "image": args["image"],
        "args": arguments,
        "env": [{"name": "GOMEMLIMIT", "value": go_memory_limit(memory_limit_mib)}],
        "ports": [{"name": "sentinel", "container_port": SENTINEL_PORT, "protocol": "TCP"}],
        "resources": container_resources(platform, memory_limit_mib, cpu_millicores=5),
        "readiness_probe": {
            "tcp_socket": {"port": "sentinel"},
            "period_seconds": 1,
            "failure_threshold": FAILURES,
        },
        "liveness_probe": {"tcp_socket": {"port": "sentinel"}, "period_seconds": 10},
        "security_context": RESTRICTED_CONTAINER,
    }
    if volume_mounts:
        sentinel["volume_mounts"] = volume_mounts
    return sentinel
