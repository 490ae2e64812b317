"""How the measured programs are started: as their pods start them, on free ports here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from pulumi_kubernetes.core.v1 import EnvVarArgsDict

from components.agent.agents import DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB, CollectorExporter
from components.agent.collector.configuration import Configuration, collector_configuration
from components.agent.collector.exporters import way_to_aws
from components.agent.collector.files import as_yaml
from components.agent.collector.ports import HEALTH_PORT, OTLP_HTTP_PORT
from components.agent.collector.program import CONFIGURATION_FILE
from components.agent.daemon.command import (
    DAEMON_PORT,
    LogLevel,
    buffer_mib,
    daemon_arguments,
    daemon_environment,
)
from components.agent.pod.ip_family import IpFamily
from components.agent.trace_daemon import DEFAULT_MEMORY_LIMIT_MIB
from tools.rehearsal.collector_files import on_this_machine, towards
from tools.rehearsal.daemon_program import DaemonProgram, write_configuration
from tools.rehearsal.network import HOST, free_port
from tools.rehearsal.pods import NODE_NAME
from tools.rehearsal.span_segments import TRACES_PATH

from ..contenders import CREDENTIALS

REGION: Final = "eu-west-1"

ONE_CORE: Final = {"GOMAXPROCS": "1"}
"""What Go makes of the pods' limit of one CPU, in programs that know of it (Go 1.25)."""


class Intake(Enum):
    """What a program is sent."""

    SEGMENTS = "segments"
    """Segments by UDP, as X-Ray's SDKs send them."""

    SPANS = "spans"
    """Spans by OTLP and HTTP, as OpenTelemetry's SDKs send them."""


@dataclass(frozen=True)
class Launch:
    """A program that can be started once."""

    command: Sequence[str]
    environment: Mapping[str, str]
    probe: str
    """What answers once it is ready: `host:port` by TCP, or a URL."""

    target: str
    """Where what is sent to it goes: `host:port` by UDP, or a URL."""


def launch_daemon(program: DaemonProgram, endpoint: str, folder: Path) -> Launch:
    """Returns the daemon as its pod starts it, sending to an endpoint; writes its configuration.

    Args:
        program: The daemon.
        endpoint: URL of the X-Ray API.
        folder: Where its configuration is written.
    """
    address = f"{HOST}:{free_port()}"
    arguments = daemon_arguments(
        segments_address=address,
        proxy_address=address,
        region=REGION,
        buffer_mib=buffer_mib(DEFAULT_MEMORY_LIMIT_MIB),
        log_level=LogLevel.WARN,
    )
    file = write_configuration(folder / "daemon.yaml", endpoint)
    return Launch(
        command=[*program.command, *(str(each) for each in arguments), "-c", str(file)],
        environment=_environment(DEFAULT_MEMORY_LIMIT_MIB),
        probe=address,
        target=address,
    )


def launch_collector(program: DaemonProgram, intake: Intake, endpoint: str, folder: Path) -> Launch:
    """Returns the collector as its pod starts it; see `launch_daemon`."""
    ports: dict[int, int] = {}
    here = on_this_machine(
        declared_configuration(), lambda port: ports.setdefault(port, free_port()), []
    )
    file = folder / CONFIGURATION_FILE
    configuration = towards(here, endpoint)
    file.write_text(as_yaml({file.name: configuration})[file.name], encoding="utf-8")
    return Launch(
        command=[*program.command, f"--config={file}"],
        environment=_environment(DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB),
        probe=f"http://{HOST}:{ports[HEALTH_PORT]}/",
        target=(
            f"{HOST}:{ports[DAEMON_PORT]}"
            if intake == Intake.SEGMENTS
            else f"http://{HOST}:{ports[OTLP_HTTP_PORT]}{TRACES_PATH}"
        ),
    )


def declared_configuration() -> Configuration:
    """Returns the configuration of a node's collector where no setting says anything else."""
    memory_limit_mib = DEFAULT_COLLECTOR_MEMORY_LIMIT_MIB
    way = way_to_aws(
        CollectorExporter.XRAY,
        region=REGION,
        memory_limit_mib=memory_limit_mib,
        ip_family=IpFamily.IPV4,
        assume_role_arn=None,
        indexed_attributes=[],
    )
    return collector_configuration(
        way,
        region=REGION,
        memory_limit_mib=memory_limit_mib,
        log_level=LogLevel.WARN,
        ip_family=IpFamily.IPV4,
        assume_role_arn=None,
        on_eks=True,
    )


def _environment(memory_limit_mib: int) -> dict[str, str]:
    """Returns the pod's environment, and credentials to sign with."""
    declared = daemon_environment(REGION, memory_limit_mib)
    return {
        **{str(each["name"]): _value_of(each) for each in declared},
        **CREDENTIALS.environment(),
        **ONE_CORE,
    }


def _value_of(variable: EnvVarArgsDict) -> str:
    """The one variable without a value is the node's name."""
    return str(variable.get("value", NODE_NAME))
