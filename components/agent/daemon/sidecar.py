"""The daemon beside an application, for pods on Fargate, where no DaemonSet runs."""

from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict

from ...choices import IpFamily, LogLevel
from ..agent import AGENT_PORT, AGENT_USER
from ..args import TRACE_DAEMON, TraceDaemonArgs
from ..pod.containers import RESTRICTED_CONTAINER, container_resources, restricted_pod
from ..pod.environment import agent_environment
from ..pod.ip_family import own_address
from .command import buffer_for, daemon_arguments

SIDECAR_ADDRESS: Final = own_address(IpFamily.IPV4, AGENT_PORT)
"""What the application beside the sidecar needs as `AWS_XRAY_DAEMON_ADDRESS`."""


def daemon_sidecar(
    image: pulumi.Input[str],
    region: pulumi.Input[str],
    *,
    memory_limit_mib: int = 64,
    log_level: LogLevel | None = None,
    assume_role_arn: pulumi.Input[str] | None = None,
) -> ContainerArgsDict:
    """Returns a sidecar for the `init_containers` of a pod template.

    There, with its restart policy, it starts before the application and ends after it (Kubernetes
    1.29 and newer). It listens for its own pod alone, so no probe reaches it from outside. It
    writes traces with the credentials of the application's service account: on Fargate, by IRSA.

    Args:
        image: The daemon's image, best by digest.
        region: AWS region that traces are sent to.
        memory_limit_mib: Memory limit, in MiB.
        log_level: Least severity that it logs; none stands for the default of `TraceDaemon`.
        assume_role_arn: A role that writes the traces instead of the pod's own.

    Raises:
        pulumi.RunError: An argument is of a wrong type or out of range.
    """
    given: TraceDaemonArgs = {
        "image": image,
        "region": region,
        "memory_limit_mib": memory_limit_mib,
        "platform": {"memory_request_percent": 100},
        "assume_role_arn": assume_role_arn,
    }
    if log_level is not None:
        given["log_level"] = log_level
    args = TRACE_DAEMON.complete(given, "daemon_sidecar")
    memory_limit_mib, platform = args["memory_limit_mib"], args["platform"]
    return {
        "name": "xray-daemon",
        "image": image,
        "restart_policy": "Always",
        "args": daemon_arguments(
            args,
            segments_address=SIDECAR_ADDRESS,
            proxy_address=SIDECAR_ADDRESS,
            buffer_mib=buffer_for(memory_limit_mib),
        ),
        "env": agent_environment(args, memory_limit_mib),
        "resources": container_resources(platform, memory_limit_mib),
        "security_context": {**RESTRICTED_CONTAINER, **restricted_pod(AGENT_USER, platform)},
    }
