"""The agent on the node: the pod of the DaemonSet, as a process on this machine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.lab.deployment import Deployment, Manifest
from tools.lab.processes import Processes
from tools.lab.project import PROJECT

from .aws.cloud import AwsCredentials, Cloud
from .collector_files import files_of, gateways_of, on_this_machine, towards
from .daemon_program import DaemonProgram, write_configuration
from .network import HOST, Addresses, free_port
from .pods import Pod, add_services, await_ready, command_of, environment_of, pods_of


@dataclass(frozen=True)
class Daemon:
    """What runs as the daemon, or as the collector in its place, and with whose rights."""

    program: DaemonProgram
    credentials: AwsCredentials
    cloud: Cloud
    folder: Path
    """Where its configuration goes."""

    def start(self, deployment: Deployment, processes: Processes, addresses: Addresses) -> None:
        """Starts the DaemonSet's pod, and those of its gateway, and waits until they are ready.

        Raises:
            ToolError: One does not become ready.
        """
        objects = deployment.objects()
        gateways: list[str] = []
        for gateway in gateways_of(objects):
            for pod in pods_of(gateway):
                self._start(pod, self._command(objects, gateway, pod), processes, addresses)
                gateways.append(f"{HOST}:{pod.port}")
        (daemon_set,) = deployment.objects("DaemonSet")
        (pod,) = pods_of(daemon_set)
        self._start(pod, self._command(objects, daemon_set, pod, gateways), processes, addresses)
        add_services(deployment, pod, addresses)

    def _start(
        self, pod: Pod, command: Sequence[str], processes: Processes, addresses: Addresses
    ) -> None:
        environment = {
            **environment_of(pod, addresses),
            **self.credentials.environment(),
            "AWS_ENDPOINT_URL_STS": self.cloud.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        await_ready(pod, processes.start(pod.name, command, environment, PROJECT))

    def _command(
        self,
        objects: Sequence[Manifest],
        workload: Manifest,
        pod: Pod,
        gateways: Sequence[str] = (),
    ) -> list[str]:
        endpoint = self.cloud.endpoint
        files = files_of(objects, workload)
        if not files:
            configuration = write_configuration(self.folder / "xray-daemon.yaml", endpoint)
            return command_of(pod, [*self.program.command, "-c", str(configuration)])
        command = command_of(pod, self.program.command)
        for path, configuration in files.items():
            here = self.folder / f"{pod.name}-{path.name}"
            local = on_this_machine(
                configuration, lambda port: pod.ports.setdefault(port, free_port()), gateways
            )
            text = yaml.safe_dump(towards(local, endpoint), sort_keys=False)
            here.write_text(text, encoding="utf-8")
            command = [word.replace(str(path), str(here)) for word in command]
        return command
