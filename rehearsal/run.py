"""One rehearsal, from the stack's files to the service map."""

import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

import pulumi

from settings import Settings, read_settings
from traces import build_service_graph, write_page

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
from .stage import Daemon, Stage, set_stage

BUILD: Final = Path("build/rehearsal")
"""Where everything that a rehearsal writes goes, under the project's directory."""


class Rehearsal:
    """Rehearses one stack of the project in a directory."""

    def __init__(
        self, directory: Path, options: Options, report: Report, interruption: Interruption
    ) -> None:
        self._options = options
        self._report = report
        self._folder = directory / BUILD
        self._project = read_project(directory, options.stack)
        self._settings = self._read_settings(self._project)
        self._program = find_daemon(options.daemon)
        self._processes = Processes(self._folder / "logs", interruption)

    def run(self) -> None:
        """Rehearses.

        Raises:
            RehearsalError: Something went wrong, or came out wrong.
            SettingsError: The stack's settings are wrong.
        """
        start = monotonic()
        self._report.opening(self._project.stack, self._program.description)
        with ExitStack() as until_the_end:
            cloud = until_the_end.enter_context(Cloud(self._settings.region))
            kubernetes = self._prepare_cluster(until_the_end)
            deployment = self._deploy(cloud, kubernetes)
            credentials = self._check_rights(cloud, deployment, kubernetes)
            if not self._settings.sample_services:
                self._report.say("sampleServices is false: there is nothing to trace.")
                return
            until_the_end.enter_context(self._processes)
            daemon = Daemon(self._program, credentials, cloud, self._folder)
            stage = self._set_stage(until_the_end, kubernetes, daemon)
            self._trace(cloud, stage)
            self._report.say(f"Rehearsed in {monotonic() - start:.1f} s.")
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
        self, until_the_end: ExitStack, kubernetes: KubernetesObjects, daemon: Daemon
    ) -> Stage:
        self._report.heading("Traces")
        with self._report.step("Starting the daemon and the sample services"):
            return until_the_end.enter_context(
                set_stage(kubernetes, daemon, self._processes, self._options.port)
            )

    def _trace(self, cloud: Cloud, stage: Stage) -> None:
        since = datetime.now(UTC)
        count = self._options.requests
        with self._report.counted_step(f"Sending {count} requests", count) as advance:
            sent = send_requests(stage.url, count, advance)
        self._processes.check()
        with self._report.step("Reading their traces"):
            arrival = await_traces(cloud.client("xray"), since, sent.trace_ids, stage.services)
        self._show(sent, arrival)
        problem = arrival.problem()
        if problem is not None:
            raise RehearsalError(problem + self._processes.last_words())

    def _show(self, sent: Sent, arrival: Arrival) -> None:
        graph = build_service_graph(arrival.traces)
        page = self._folder / "index.html"
        facts = [
            ("Stack", self._project.stack),
            ("Daemon", self._program.description),
            ("Requests sent", str(arrival.sent)),
        ]
        write_page(page, arrival.traces, graph, "X-Ray on Kubernetes, rehearsed", facts)
        self._report.service_map(graph, sent, arrival, page)

    def _stay_up(self, cloud: Cloud, stage: Stage) -> None:
        self._report.addresses(stage.url, cloud.endpoint, cloud.administrator_environment())
        waiting = threading.Event()
        try:
            while not waiting.wait(1):
                self._processes.check()
        except KeyboardInterrupt:
            self._report.say("Ended.")
