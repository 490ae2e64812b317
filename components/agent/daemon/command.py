"""How the X-Ray daemon is started: its arguments, its environment and its memory."""

from collections.abc import Sequence
from enum import Enum
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import EnvVarArgsDict

DAEMON_PORT: Final = 2000
"""UDP for segments and TCP for the proxy that signs sampling requests (daemon, pkg/cfg/cfg.go)."""

DAEMON_USER: Final = 10001
"""User and group id of the daemon in AWS's image (aws/aws-xray-daemon, Dockerfile), and of a
collector too: that of its image, 4317, could be one of the node's own."""

DAEMON_OWN_MEMORY_MIB: Final = 32
"""What the daemon uses beside its buffer: 17 to 30 MB (aws/aws-xray-daemon, README)."""

MINIMUM_MEMORY_MIB: Final = 64
"""The least memory limit that leaves room for a useful buffer."""

MINIMUM_BUFFER_MIB: Final = 3
"""The daemon does not start with less (aws/aws-xray-daemon, cmd/tracing/daemon.go)."""

OWN_FLAGS: Final = frozenset(
    {
        *("b", "bind", "t", "bind-tcp", "o", "local-mode", "n", "region", "l", "log-level"),
        *("m", "buffer-memory", "r", "role-arn", "p", "proxy-address"),
    }
)
"""Flags that `daemon_arguments` or, for the proxy, the environment says already
(aws/aws-xray-daemon, cmd/tracing/daemon.go)."""


class LogLevel(str, Enum):
    """Least severity that the daemon logs."""

    DEBUG = "debug"
    """Everything."""

    INFO = "info"
    """Each batch that is sent, and all below."""

    WARN = "warn"
    """What may go wrong, and all below."""

    ERROR = "error"
    """What went wrong."""


def buffer_mib(memory_limit_mib: int) -> int:
    """Returns the daemon's buffer in MiB, 16 segments each: half of what the limit leaves.

    The other half is room for Go's garbage collector, which needs as much again as is live. The
    daemon's own default, 1 % of the node's memory, knows nothing of the container's limit.
    """
    return (memory_limit_mib - DAEMON_OWN_MEMORY_MIB) // 2


def daemon_arguments(
    *,
    segments_address: str,
    proxy_address: str,
    region: pulumi.Input[str],
    buffer_mib: int,
    log_level: LogLevel,
    assume_role_arn: pulumi.Input[str] | None = None,
    extra: Sequence[pulumi.Input[str]] = (),
) -> list[pulumi.Input[str]]:
    """Returns the daemon's command line.

    It never asks the instance metadata service for its region (`-o`).

    Args:
        segments_address: Where it takes segments by UDP.
        proxy_address: Where its proxy takes sampling requests by TCP.
        region: The AWS region that traces are sent to.
        buffer_mib: Its buffer, in MiB.
        log_level: Least severity that is logged.
        assume_role_arn: The role that writes the traces; none writes them as the pod itself.
        extra: Arguments that follow these.
    """
    return [
        *("-b", segments_address),
        *("-t", proxy_address),
        "-o",
        *("-n", region),
        *("-l", LogLevel(log_level).value),
        *("-m", str(buffer_mib)),
        *(("-r", assume_role_arn) if assume_role_arn is not None else ()),
        *extra,
    ]


def daemon_environment(region: pulumi.Input[str], memory_limit_mib: int) -> list[EnvVarArgsDict]:
    """Returns the daemon's environment: its region, its node's name, its memory for Go."""
    return [
        {"name": "AWS_REGION", "value": region},
        {"name": "AWS_HOSTNAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
        {"name": "GOMEMLIMIT", "value": go_memory_limit(memory_limit_mib)},
    ]


def go_memory_limit(memory_limit_mib: int) -> str:
    """Returns `GOMEMLIMIT` for a container's limit: nine tenths, the rest is not Go's heap."""
    return f"{memory_limit_mib * 9 // 10}MiB"
