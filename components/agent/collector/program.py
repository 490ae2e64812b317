"""The OpenTelemetry Collector as an agent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi_kubernetes.core.v1 import ContainerArgsDict, VolumeMountArgsDict

from ..agent import Agent, Files, Port, container_ports
from ..args import TraceDaemonArgs
from ..pod.containers import RESTRICTED_CONTAINER, container_resources, probed
from ..pod.drain import drain_sentinel
from ..pod.environment import agent_environment
from .configuration import gateway_configuration, node_configuration, sentinel_configuration
from .exporters import gateway_export, xray_export
from .files import FOLDER
from .ports import NODE_PORTS, SPAN_PORTS

FLUSH_SECONDS: Final = 30
"""How long a stopping collector may take for the calls to X-Ray that it has begun, in seconds. What
is in its queue then is lost: it stops the receiver of the queue first."""

SENTINEL_MEMORY_MIB: Final = 128
"""Memory limit of the sentinel, in MiB: ADOT 0.49.0 without a span has 20 of its own, and the pages
of its program, which it shares with the collector beside it."""

CONFIGURATION_FILE: Final = "collector.yaml"
SENTINEL_FILE: Final = "sentinel.yaml"

_MOUNTS: Final[list[VolumeMountArgsDict]] = [
    {"name": "configuration", "mount_path": FOLDER, "read_only": True}
]


def collector_agent(args: TraceDaemonArgs, *, segments: bool = True) -> Agent:
    """Returns the OpenTelemetry Collector, from the complete inputs of `TraceDaemon`.

    Without segments, it leaves the ports of the X-Ray daemon alone.
    """

    def files(known: Mapping[str, Any]) -> Files:
        region, role, gateway = known["region"], known["assume_role_arn"], known["gateway"]
        memory_limit_mib = args["collector_memory_limit_mib"]
        export = (
            xray_export(
                args, region=region, assume_role_arn=role, memory_limit_mib=memory_limit_mib
            )
            if gateway is None
            else gateway_export(gateway, memory_limit_mib)
        )
        return {
            CONFIGURATION_FILE: node_configuration(
                args, export, region=region, assume_role_arn=role, segments=segments
            ),
            **({SENTINEL_FILE: sentinel_configuration(args["ip_family"])} if segments else {}),
        }

    container = collector_container(args, args["collector_memory_limit_mib"])
    sentinel = drain_sentinel(
        args,
        [_from_file(SENTINEL_FILE)],
        memory_limit_mib=SENTINEL_MEMORY_MIB,
        volume_mounts=_MOUNTS,
    )
    ports = NODE_PORTS if segments else SPAN_PORTS
    return Agent([(container, ports)], sentinel, FLUSH_SECONDS, files, uses_gateway=True)


def gateway_files(args: TraceDaemonArgs, known: Mapping[str, Any]) -> Files:
    """Returns the files of the gateway's collectors, from what `Agent.files` takes."""
    export = xray_export(
        args,
        region=known["region"],
        assume_role_arn=known["assume_role_arn"],
        memory_limit_mib=args["gateway_memory_limit_mib"],
    )
    return {CONFIGURATION_FILE: gateway_configuration(args, export)}


def collector_container(
    args: TraceDaemonArgs, memory_limit_mib: int, ports: Sequence[Port] = ()
) -> ContainerArgsDict:
    """Returns a container that runs a collector with the configuration in its pod's volume.

    The pods on each node get their ports from the `Agent`.
    """
    container: ContainerArgsDict = {
        "name": "collector",
        "image": args["collector_image"] or args["image"],
        "args": [_from_file(CONFIGURATION_FILE)],
        "env": agent_environment(args, memory_limit_mib),
        "ports": container_ports(ports),
        "resources": container_resources(args["platform"], memory_limit_mib),
        "security_context": RESTRICTED_CONTAINER,
        "volume_mounts": _MOUNTS,
    }
    return probed(container, {"http_get": {"path": "/", "port": "health"}})


def _from_file(name: str) -> str:
    return f"--config={FOLDER}/{name}"
