"""Puts the program's pods on stage: a process for each on this machine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests
import yaml

from tools.lab.deployment import Deployment, Manifest
from tools.lab.processes import Processes
from tools.lab.project import PROJECT

from .agent_files import (
    daemon_configuration,
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

    program: AgentProgram
    credentials: AwsCredentials
    endpoint: str


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    url: str
    """Where Service-A answers."""

    services: tuple[str, ...]
    """The traced services, as the service map names them."""

    ask: str
    """The command by which a person asks there."""

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

    Args:
        deployment: What the program declared.
        agent: What the agent runs as.
        folder: Where its files go.
        processes: Starts the processes, and ends them.
        port: Where Service-A answers; 0 takes any free port.

    Raises:
        ToolError: A pod does not become ready.
    """
    addresses = Addresses()
    _AgentPods(agent, deployment, folder, processes, addresses).start()
    url = str(deployment.outputs[URL_OUTPUT])
    pods = [pods_of(each)[0] for each in sample_services_of(deployment.objects())]
    for pod in pods:
        if port and pod.name == f"{str(urlsplit(url).hostname).split('.')[0]}-0":
            pod.ports[pod.container_port] = port
        add_services(deployment, pod, addresses)
    # The image's root is read-only; this folder is not.
    more = {"PYTHONDONTWRITEBYTECODE": "1"}
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
        services=traced_services(deployment.objects()),
        ask=f"curl {here}",
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


@dataclass(frozen=True)
class _AgentPods:
    """The pods of the DaemonSet and of its gateway, to be started here."""

    agent: Agent
    deployment: Deployment
    folder: Path
    processes: Processes
    addresses: Addresses

    def start(self) -> None:
        gateways = [
            f"{HOST}:{self._start(workload, pod).port}"
            for workload in gateways_of(self.deployment.objects())
            for pod in pods_of(workload)
        ]
        (daemon_set,) = self.deployment.objects("DaemonSet")
        (pod,) = pods_of(daemon_set)
        add_services(self.deployment, self._start(daemon_set, pod, gateways), self.addresses)

    def _start(self, workload: Manifest, pod: Pod, gateways: Sequence[str] = ()) -> Pod:
        variables = self.agent.credentials.environment_of_agent(self.agent.endpoint)
        environment = environment_of(pod, self.addresses) | variables
        command = self._command(workload, pod, gateways)
        await_ready(pod, self.processes.start(pod.name, command, environment, PROJECT))
        return pod

    def _command(self, workload: Manifest, pod: Pod, gateways: Sequence[str]) -> list[str]:
        """Returns the command line of a pod; writes the files that it names."""
        program, endpoint = self.agent.program.command, self.agent.endpoint
        files = files_of(self.deployment.objects(), workload)
        if not files:
            here = self.folder / "xray-daemon.yaml"
            here.write_text(daemon_configuration(endpoint), encoding="utf-8")
            return command_of(pod, [*program, "-c", str(here)])
        command = command_of(pod, program)
        for path, configuration in files.items():
            here = self.folder / f"{pod.name}-{path.name}"
            local = on_this_machine(
                configuration, lambda port: pod.ports.setdefault(port, free_port()), gateways
            )
            text = yaml.safe_dump(towards(local, endpoint), sort_keys=False)
            here.write_text(text, encoding="utf-8")
            command = [word.replace(str(path), str(here)) for word in command]
        return command
