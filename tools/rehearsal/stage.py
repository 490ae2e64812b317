"""Puts the program's pods on stage: a process for each on this machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import requests
import yaml

from components.agent.service import SERVICE_NAME
from tools.lab.deployment import Deployment, Manifest
from tools.lab.processes import Process, Processes
from tools.lab.project import PROJECT

from .agent_files import (
    Configuration,
    daemon_configuration,
    daemon_sets_of,
    files_of,
    gateways_of,
    on_this_machine,
    sample_services_of,
    towards,
)
from .agent_program import AgentProgram
from .aws.cloud import AwsCredentials
from .network import HOST, Addresses, free_port
from .pods import Pod, add_services, await_ready, command_of, environment_of, pods_of

SERVICES_FOLDER: Final = PROJECT / "images/sample-service"
"""What is `/app` in the sample services' image."""

NAMES: Final = ("AWS_XRAY_TRACING_NAME", "OTEL_SERVICE_NAME")
"""Variables that name a service on the map: of the X-Ray SDK, and of OpenTelemetry."""

URL_OUTPUT: Final = "serviceUrl"
"""The stack's output that says where Service-A is; there is none without sample services."""


@dataclass(frozen=True)
class Agent:
    """What runs as the agent, with whose rights, and where it finds AWS."""

    programs: Sequence[AgentProgram]
    """One of each kind that its pods have."""

    credentials: AwsCredentials
    endpoint: str
    canary: AwsCredentials | None = None
    """What the pods of the canary get, where there is one."""


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    url: str
    """Where Service-A answers."""

    services: tuple[str, ...]
    """The traced services, as the service map names them."""

    ask: str
    """The command by which a person asks there."""

    agent: Mapping[str, str]
    """Where applications reach the agent: by its address in a cluster, that here."""

    session: requests.Session
    """Asks there."""

    check: Callable[[], None]
    """Raises a ToolError where something that runs has ended."""

    last_words: Callable[[], str]
    """Returns what was logged last, for the end of an error."""


def set_stage(
    deployment: Deployment, agent: Agent, folder: Path, processes: Processes, port: int
) -> Stage:
    """Starts the agent and one pod of each sample service, and waits until they are ready.

    Service-A answers at the port; 0 takes any free one.
    """
    addresses = Addresses()
    objects = deployment.objects()
    start_agent(objects, agent, folder, processes, addresses)
    url = str(deployment.outputs[URL_OUTPUT])
    pods = [pods_of(each)[0] for each in sample_services_of(objects)]
    for pod in pods:
        if port and pod.name == f"{str(urlsplit(url).hostname).split('.')[0]}-0":
            pod.ports[pod.container_port] = port
        add_services(objects, pod, addresses)
    # The image's root is read-only; this folder is not. In a pod they listen for others.
    more = {"PYTHONDONTWRITEBYTECODE": "1", "HOST": HOST}
    running = [
        processes.start(
            pod.name, command_of(pod), environment_of(pod, addresses) | more, SERVICES_FOLDER
        )
        for pod in pods
    ]
    for pod, process in zip(pods, running, strict=True):
        await_ready(pod, process)
    here = addresses.translate(url)
    return Stage(
        url=here,
        services=traced_services(objects),
        ask=f"curl {here}",
        agent=agent_addresses(objects, addresses.translate),
        session=requests.Session(),
        check=processes.check,
        last_words=processes.last_words,
    )


def traced_services(objects: Sequence[Manifest]) -> tuple[str, ...]:
    """Returns the sorted names that the sample services among some objects have on the map."""
    return tuple(
        sorted(
            variable["value"]
            for workload in sample_services_of(objects)
            for variable in workload["spec"]["template"]["spec"]["containers"][0]["env"]
            if variable["name"] in NAMES
        )
    )


def agent_addresses(
    objects: Sequence[Manifest], whereabouts: Callable[[str], str]
) -> dict[str, str]:
    """Returns where each port of the agent is, by its protocol and its address in a cluster."""
    (service,) = (each for each in objects if each["metadata"]["name"] == SERVICE_NAME)
    host = f"{SERVICE_NAME}.{service['metadata']['namespace']}"
    ports = [(each["protocol"], f"{host}:{each['port']}") for each in service["spec"]["ports"]]
    return {f"{protocol} {address}": whereabouts(address) for protocol, address in ports}


def start_agent(
    objects: Sequence[Manifest],
    agent: Agent,
    folder: Path,
    processes: Processes,
    addresses: Addresses,
) -> list[tuple[Pod, Process]]:
    """Starts the pods of the gateway, if there is one, and then that of the DaemonSet."""
    started, gateways = list[tuple[Pod, Process]](), list[str]()
    variables = agent.credentials.environment_of_agent(agent.endpoint)
    for workload in (*gateways_of(objects), *daemon_sets_of(objects)):
        for pod in pods_of(workload):
            files = files_of(objects, workload, pod.container)
            command = _agent_command(agent, files, pod, folder, gateways)
            environment = environment_of(pod, addresses) | variables
            name = f"{pod.name}-collector" if files and len(agent.programs) > 1 else pod.name
            process = processes.start(name, command, environment, PROJECT)
            await_ready(pod, process)
            started.append((pod, process))
            if workload["kind"] == "DaemonSet":
                add_services(objects, pod, addresses)
            else:
                gateways.append(f"{HOST}:{pod.port}")
    return started


def _agent_command(
    agent: Agent,
    files: Mapping[PurePosixPath, Configuration],
    pod: Pod,
    folder: Path,
    gateways: Sequence[str],
) -> list[str]:
    """Returns the command line of an agent's container; writes the files that it names."""
    kind = "collector" if files else "daemon"
    (program,) = (each for each in agent.programs if each.kind == kind)
    if not files:
        here = folder / "xray-daemon.yaml"
        here.write_text(daemon_configuration(agent.endpoint), encoding="utf-8")
        return command_of(pod, [*program.command, "-c", str(here)])
    command = command_of(pod, program.command)
    for path, configuration in files.items():
        here = folder / f"{pod.name}-{path.name}"
        local = on_this_machine(
            configuration, lambda port: pod.ports.setdefault(port, free_port()), gateways
        )
        text = yaml.safe_dump(towards(local, agent.endpoint), sort_keys=False)
        here.write_text(text, encoding="utf-8")
        command = [word.replace(str(path), str(here)) for word in command]
    return command
