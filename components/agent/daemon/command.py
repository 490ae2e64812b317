"""How the X-Ray daemon is started: its arguments, its environment and its memory."""

from typing import Final

import pulumi

from ..args import TraceDaemonArgs

DAEMON_OWN_MEMORY_MIB: Final = 32
"""What the daemon uses beside its buffer: 17 to 30 MB (aws/aws-xray-daemon, README)."""

MINIMUM_BUFFER_MIB: Final = 3
"""The daemon does not start with less (aws/aws-xray-daemon, cmd/tracing/daemon.go)."""


def buffer_for(memory_limit_mib: int) -> int:
    """Returns the daemon's buffer in MiB, 16 segments each: half of what the limit leaves.

    The other half is room for Go's garbage collector, which needs as much again as is live. The
    daemon's own default, 1 % of the node's memory, knows nothing of the container's limit.
    """
    return (memory_limit_mib - DAEMON_OWN_MEMORY_MIB) // 2


def daemon_arguments(
    args: TraceDaemonArgs, *, segments_address: str, proxy_address: str, buffer_mib: int
) -> list[pulumi.Input[str]]:
    """Returns the daemon's command line: segments come by UDP, sampling requests by TCP.

    It never asks the instance metadata service for its region (`-o`).
    """
    role = args["assume_role_arn"]
    return [
        *("-b", segments_address),
        *("-t", proxy_address),
        "-o",
        *("-n", args["region"]),
        *("-l", args["log_level"].value),
        *("-m", str(buffer_mib)),
        *(("-r", role) if role is not None else ()),
        *args["extra_arguments"],
    ]
