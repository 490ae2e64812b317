"""One rehearsal, from the stack's files to the service map."""

import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

import pulumi
from rich.text import Text

from settings import Settings, read_settings
from traces import build_service_graph, render_service_map, write_page

from .api_server import ApiServer
from .arrival import Arrival, await_traces
from .client import Sent, send_requests
from .cloud import AwsCredentials, Cloud
from .command_line import Options
from .daemon_program import find_daemon
from .engine import Deployment, run_program
from .errors import RehearsalError, sentence_in
from .identity import identity_of_daemon, try_rights, wrong_rights
from .interruption import Interruption
from .invokes import REGION_KEY, adopt
from .kubernetes_objects import KubernetesObjects
from .processes import Processes
from .project import Project, read_project
from .providers import Providers
from .report import Report
from .stage import Stage, set_stage

BUILD: Final = Path("build/rehearsal")
"""Where everything that a rehearsal writes goes, under the project's directory."""


class Rehearsal:
    """Rehearses one stack of the project in a directory."""

    def __init__(
        self, directory: Path, options: Options, report: Report, interruption: Interruption
    ) -> None:
        self._options = options
        self._report = report
        self._interruption = interruption
        self._folder = BUILD
        self._project = read_project(directory, options.stack)
        self._settings = self._read_settings(self._project)
        self._program = find_daemon(options.daemon)

    def run(self) -> None:
        """Rehearses.

        Raises:
            RehearsalError: Something went wrong, or came out wrong.
            SettingsError: The stack's settings are wrong.
        """
        start = monotonic()
        self._report.console.print(
            f"Rehearsing stack [bold]{self._project.stack}[/bold] on this machine: AWS is moto, "
            f"the daemon is {self._program.description}."
        )
        with ExitStack() as until_the_end:
            cloud = until_the_end.enter_context(Cloud(self._settings.region))
            kubernetes = self._prepare_cluster(until_the_end)
            deployment = self._deploy(cloud, kubernetes)
            credentials = self._check_rights(cloud, deployment, kubernetes)
            if not self._settings.sample_services:
                self._report.console.print("\nsampleServices is false: there is nothing to trace.")
                return
            processes = until_the_end.enter_context(
                Processes(self._folder / "logs", self._interruption)
            )
            stage = self._set_stage(until_the_end, cloud, kubernetes, credentials, processes)
            self._trace(cloud, stage)
            self._report.console.print(f"[dim]Rehearsed in {monotonic() - start:.1f} s.[/dim]")
            if self._options.keep:
                self._stay_up(cloud, stage)

    def _read_settings(self, project: Project) -> Settings:
        prefix = f"{project.name}:"
        own = {
            key.removeprefix(prefix): value
            for key, value in project.configuration.items()
            if key.startswith(prefix) or key == REGION_KEY
        }
        return read_settings(own)

    def _prepare_cluster(self, until_the_end: ExitStack) -> KubernetesObjects:
        apply = None
        if self._options.kubeconfig is not None:
            with self._report.step(f"Connecting to the cluster of {self._options.kubeconfig}"):
                api_server = ApiServer(self._options.kubeconfig)
            until_the_end.callback(api_server.delete_all)
            apply = api_server.apply
        return KubernetesObjects(
            self._folder / "manifests", self._settings.kubernetes_version, apply
        )

    def _deploy(self, cloud: Cloud, kubernetes: KubernetesObjects) -> Deployment:
        providers = Providers(cloud, kubernetes)
        with self._report.step("Running the program"):
            adopt(cloud, self._settings.cluster_name, self._settings.node_role_name)
            try:
                deployment = run_program(self._project, providers.create, providers.invoke)
            except pulumi.RunError:
                raise
            except Exception as error:
                sentence = sentence_in(error)
                if sentence is None:
                    raise
                raise RehearsalError(sentence) from None
        self._report.resources(deployment, f"{self._project.name} {self._project.stack}")
        return deployment

    def _check_rights(
        self, cloud: Cloud, deployment: Deployment, kubernetes: KubernetesObjects
    ) -> AwsCredentials:
        (daemon_set,) = kubernetes.of_kind("DaemonSet")
        identity = identity_of_daemon(cloud, deployment, daemon_set, self._settings.node_role_name)
        credentials = cloud.session_of(identity.role_arn)
        rights = try_rights(cloud, identity, credentials)
        self._report.rights(identity, rights)
        wrong = wrong_rights(identity, rights)
        if wrong is not None:
            raise RehearsalError(wrong)
        return credentials

    def _set_stage(
        self,
        until_the_end: ExitStack,
        cloud: Cloud,
        kubernetes: KubernetesObjects,
        credentials: AwsCredentials,
        processes: Processes,
    ) -> Stage:
        self._report.heading("Traces")
        with self._report.step("Starting the daemon and the sample services"):
            return until_the_end.enter_context(
                set_stage(
                    kubernetes,
                    cloud,
                    credentials,
                    self._program,
                    processes,
                    self._folder,
                    self._options.port,
                )
            )

    def _trace(self, cloud: Cloud, stage: Stage) -> None:
        since = datetime.now(UTC)
        count = self._options.requests
        with self._report.progress("Sending requests", count) as progress:
            task = progress.task_ids[0]
            sent = send_requests(stage.url, count, lambda: progress.advance(task))
        stage.processes.check()
        with self._report.step(f"Sending {count} requests and reading their traces"):
            arrival = await_traces(cloud.client("xray"), since, sent.trace_ids, stage.services)
        self._show(sent, arrival, stage)

    def _show(self, sent: Sent, arrival: Arrival, stage: Stage) -> None:
        graph = build_service_graph(arrival.traces)
        self._report.heading("Service map")
        self._report.console.print(render_service_map(graph))
        self._report.console.print()
        self._report.verdict(sent, arrival)
        page = self._folder / "index.html"
        facts = [
            ("Stack", self._project.stack),
            ("Daemon", self._program.description),
            ("Requests sent", str(arrival.sent)),
        ]
        write_page(page, arrival.traces, graph, "X-Ray on Kubernetes, rehearsed", facts)
        self._report.console.print(Text(f"The same, with every trace: {page}"))
        problem = arrival.problem()
        if problem is not None:
            said = stage.processes.last_words()
            raise RehearsalError(f"{problem}{said}")

    def _stay_up(self, cloud: Cloud, stage: Stage) -> None:
        self._report.heading("Still up; Ctrl-C ends it")
        for line in (
            f"curl {stage.url}",
            *(
                f"export {name}={value}"
                for name, value in cloud.administrator_environment().items()
            ),
            f"aws --endpoint-url {cloud.endpoint} xray get-trace-summaries "
            "--start-time $(($(date +%s)-900)) --end-time $(date +%s)",
        ):
            self._report.console.print(Text(f"  {line}"), soft_wrap=True)
        waiting = threading.Event()
        try:
            while not waiting.wait(1):
                stage.processes.check()
        except KeyboardInterrupt:
            self._report.console.print("Ended.")
