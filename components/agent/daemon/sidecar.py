"""The daemon beside an application, for pods on Fargate, where no DaemonSet runs."""

from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import ContainerArgsDict

from ..pod.ip_family import IpFamily, own_address
from ..pod.resources import container_resources
from ..pod.security import RESTRICTED_CONTAINER
from .command import (
    DAEMON_PORT,
    DAEMON_USER,
    LogLevel,
    buffer_mib,
    daemon_arguments,
    daemon_environment,
)

SIDECAR_ADDRESS: Final = own_address(IpFamily.IPV4, DAEMON_PORT)
"""What the application beside the sidecar needs as `AWS_XRAY_DAEMON_ADDRESS`."""


def daemon_sidecar(
    image: pulumi.Input[str],
    region: pulumi.Input[str],
    *,
    memory_limit_mib: int = 64,
    log_level: LogLevel = LogLevel.WARN,
    assume_role_arn: pulumi.Input[str] | None = None,
) -> ContainerArgsDict:
    """Returns a sidecar for the `init_containers` of a pod template.

    There, with its restart policy, it starts before the application and ends after it (Kubernetes
    1.29 and newer). It listens for its own pod alone, so no probe reaches it from outside. It
    writes traces with the rights of the application's service account: on Fargate, by IRSA.

    Args:
        image: The daemon's image, best by digest.
        region: AWS region that traces are sent to.
        memory_limit_mib: Memory limit, in MiB.
        log_level: Least severity that it logs.
        assume_role_arn: A role that writes the traces in the place of the pod's own.
    """
    return {
        "name": "xray-daemon",
        "image": image,
        "restart_policy": "Always",
        "args": daemon_arguments(
            segments_address=SIDECAR_ADDRESS,
            proxy_address=SIDECAR_ADDRESS,
            region=region,
            buffer_mib=buffer_mib(memory_limit_mib),
            log_level=log_level,
            assume_role_arn=assume_role_arn,
        ),
        "env": daemon_environment(region, memory_limit_mib),
        "resources": container_resources(
            cpu="50m",
            cpu_limit="1",
            memory_mib=memory_limit_mib,
            memory_limit_mib=memory_limit_mib,
        ),
        "security_context": {
            **RESTRICTED_CONTAINER,
            "run_as_non_root": True,
            "run_as_user": DAEMON_USER,
            "run_as_group": DAEMON_USER,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
    }
