"""The pod template of the X-Ray daemon, as plain Kubernetes objects.

Plain functions: a test calls them with strings, the component with Pulumi's inputs.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ContainerArgsDict,
    ContainerPortArgsDict,
    EnvVarArgsDict,
    PodSpecArgsDict,
    ProbeArgsDict,
)

from .node_affinity import node_affinity

DAEMON_PORT: Final = 2000
"""UDP for segments and TCP for the proxy that signs sampling requests (daemon, pkg/cfg/cfg.go)."""

DAEMON_USER: Final = 10001
"""User and group id of the daemon in AWS's image (aws/aws-xray-daemon, Dockerfile)."""

DAEMON_OWN_MEMORY_MIB: Final = 32
"""What the daemon uses beside its buffer: 17 to 30 MB (aws/aws-xray-daemon, README)."""

MINIMUM_MEMORY_MIB: Final = 64
"""The least memory limit that leaves room for a useful buffer."""

PRE_STOP_SECONDS: Final = 5
"""How long a stopping pod still listens, so that no segment meets a closed port (FACTS)."""


class LogLevel(str, Enum):
    """Least severity that the daemon logs."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


def buffer_mib(memory_limit_mib: int) -> int:
    """Returns the daemon's buffer in MiB: half of what the limit leaves.

    The other half is room for Go's garbage collector, which needs as much again as is live. The
    daemon's own default, 1 % of the node's memory, knows nothing of the container's limit.
    """
    return (memory_limit_mib - DAEMON_OWN_MEMORY_MIB) // 2


def daemon_arguments(
    region: pulumi.Input[str],
    memory_limit_mib: int,
    log_level: LogLevel,
    assume_role_arn: pulumi.Input[str] | None,
) -> list[pulumi.Input[str]]:
    """Returns the daemon's command line.

    It listens for other pods, never asks the instance metadata service for its region (`-o`),
    keeps its buffer within the container's memory, and writes as another role where one is named.
    """
    address = f"0.0.0.0:{DAEMON_PORT}"
    return [
        *("-b", address),
        *("-t", address),
        "-o",
        *("-n", region),
        *("-l", LogLevel(log_level).value),
        *("-m", str(buffer_mib(memory_limit_mib))),
        *(("-r", assume_role_arn) if assume_role_arn is not None else ()),
    ]


def daemon_pod_spec(
    *,
    image: pulumi.Input[str],
    region: pulumi.Input[str],
    service_account: pulumi.Input[str],
    memory_limit_mib: int,
    log_level: LogLevel,
    host_port: bool,
    assume_role_arn: pulumi.Input[str] | None = None,
    architectures: pulumi.Input[Sequence[str]] | None = None,
) -> PodSpecArgsDict:
    """Returns the daemon's pod: one container that Kubernetes' `restricted` level admits.

    Args:
        image: The daemon's image.
        region: The AWS region that traces are sent to.
        service_account: The pod's service account.
        memory_limit_mib: Memory limit of the container, in MiB.
        log_level: Least severity that is logged.
        host_port: Whether the node's own port 2000 leads to the daemon too; only the
            `privileged` level admits that.
        assume_role_arn: The role that writes the traces; none writes them as the pod itself.
        architectures: Those of the nodes that can run the image; none stands for any.
    """
    container: ContainerArgsDict = {
        "name": "xray-daemon",
        "image": image,
        "args": daemon_arguments(region, memory_limit_mib, log_level, assume_role_arn),
        "env": _environment(region, memory_limit_mib),
        "ports": _ports(host_port),
        "resources": {
            "requests": {"cpu": "50m", "memory": f"{memory_limit_mib // 2}Mi"},
            "limits": {"memory": f"{memory_limit_mib}Mi"},
        },
        "startup_probe": _opens_port(period_seconds=1, failure_threshold=30),
        "readiness_probe": _opens_port(period_seconds=5, failure_threshold=3),
        "liveness_probe": _opens_port(period_seconds=10, failure_threshold=3),
        # The daemon closes its sockets as soon as it is told to stop.
        "lifecycle": {"pre_stop": {"sleep": {"seconds": PRE_STOP_SECONDS}}},
        "security_context": {
            "allow_privilege_escalation": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "service_account_name": service_account,
        "automount_service_account_token": False,
        "enable_service_links": False,
        "termination_grace_period_seconds": PRE_STOP_SECONDS + 15,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": DAEMON_USER,
            "run_as_group": DAEMON_USER,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "node_selector": {"kubernetes.io/os": "linux"},
        "affinity": {"node_affinity": node_affinity(architectures, fargate=False)},
        "tolerations": [{"operator": "Exists"}],
        "containers": [container],
    }


def _environment(region: pulumi.Input[str], memory_limit_mib: int) -> list[EnvVarArgsDict]:
    return [
        {"name": "AWS_REGION", "value": region},
        {"name": "AWS_HOSTNAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
        {"name": "GOMEMLIMIT", "value": f"{memory_limit_mib * 9 // 10}MiB"},
    ]


def _ports(host_port: bool) -> list[ContainerPortArgsDict]:
    ports: list[ContainerPortArgsDict] = [
        {"name": "segments", "container_port": DAEMON_PORT, "protocol": "UDP"},
        {"name": "proxy", "container_port": DAEMON_PORT, "protocol": "TCP"},
    ]
    if host_port:
        for port in ports:
            port["host_port"] = DAEMON_PORT
    return ports


def _opens_port(*, period_seconds: int, failure_threshold: int) -> ProbeArgsDict:
    """An HTTP probe would be signed and forwarded to AWS; an open port says enough."""
    return {
        "tcp_socket": {"port": "proxy"},
        "period_seconds": period_seconds,
        "failure_threshold": failure_threshold,
    }
