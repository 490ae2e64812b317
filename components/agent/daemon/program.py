"""The X-Ray daemon as an agent."""

from typing import Final

from pulumi_kubernetes.core.v1 import ContainerArgsDict

from ...choices import LogLevel
from ..agent import AGENT_PORT, SEGMENT_PORTS, Agent
from ..args import TRACE_DAEMON, TraceDaemonArgs
from ..pod.containers import RESTRICTED_CONTAINER, container_resources, probed
from ..pod.drain import SENTINEL_PORT, drain_sentinel
from ..pod.environment import agent_environment
from ..pod.ip_family import any_address, own_address
from .command import MINIMUM_BUFFER_MIB, buffer_for, daemon_arguments

FLUSH_SECONDS: Final = 15
"""How long a stopping daemon may take to send what it has: two attempts of 2 seconds each for
every batch, 8 batches at once (aws/aws-xray-daemon, pkg/cfg/cfg.go)."""


def daemon_agent(args: TraceDaemonArgs) -> Agent:
    """Returns the X-Ray daemon, from the complete inputs of `TraceDaemon`."""
    return Agent([(_daemon(args), SEGMENT_PORTS)], _sentinel(args), FLUSH_SECONDS)


def _daemon(args: TraceDaemonArgs) -> ContainerArgsDict:
    address = any_address(args["ip_family"], AGENT_PORT)
    memory_limit_mib = args["memory_limit_mib"]
    container: ContainerArgsDict = {
        "name": "xray-daemon",
        "image": args["image"],
        "args": daemon_arguments(
            args,
            segments_address=address,
            proxy_address=address,
            buffer_mib=buffer_for(memory_limit_mib),
        ),
        "env": agent_environment(args, memory_limit_mib),
        "resources": container_resources(args["platform"], memory_limit_mib),
        "security_context": RESTRICTED_CONTAINER,
    }
    # An HTTP probe would be signed and forwarded to AWS; an open port says enough.
    return probed(container, {"tcp_socket": {"port": "proxy"}})


def _sentinel(args: TraceDaemonArgs) -> ContainerArgsDict:
    """The daemon a second time: without segments, it asks nothing of AWS."""
    given: TraceDaemonArgs = {
        "image": args["image"],
        "region": args["region"],
        "log_level": LogLevel.ERROR,
    }
    arguments = daemon_arguments(
        TRACE_DAEMON.complete(given, "drain sentinel"),
        segments_address=own_address(args["ip_family"], SENTINEL_PORT),
        proxy_address=any_address(args["ip_family"], SENTINEL_PORT),
        buffer_mib=MINIMUM_BUFFER_MIB,
    )
    return drain_sentinel(args, arguments)
