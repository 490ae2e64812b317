"""One rehearsal, from the stack's files to the service map."""

import argparse
import threading
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.lab.interruption import Interruption
from tools.lab.processes import Processes
from tools.lab.project import PROJECT, read_project
from tools.traces.page import render_page
from tools.traces.service_graph import build_service_graph

from .access.check import check_access
from .aws.cloud import Cloud
from .aws.server import start_cloud
from .collector_program import find_program, program_of_image
from .daemon import Daemon
from .network import HOST, check_listening
from .program import check_settings, deploy
from .report import Report
from .stage import URL_OUTPUT, Stage, set_stage
from .traffic import await_traces, send_requests

if TYPE_CHECKING:
    from tools.lab.cluster import ApiServer

BUILD: Final = Path("build/rehearsal")
"""Where everything that a rehearsal writes goes, under the project's directory."""


class Rehearsal:
    """Rehearses one stack of the project in a directory."""

    def __init__(
        self, options: argparse.Namespace, report: Report, directory: Path = PROJECT
    ) -> None:
        """Looks whether there is all that the rehearsal needs.

        Raises:
            ToolError: The stack's settings are wrong, or something is missing.
        """
        self._options = options
        self._report = report
        self._folder = directory / BUILD
        self._project = read_project(directory, options.stack)
        # Said now rather than when everything else is up.
        check_listening(f"--port is {options.port}", HOST, options.port, "a free port")
        self._facts = check_settings(self._project)
        self._program = (
            find_program(self._facts, options.daemon, options.collector)
            if options.kubeconfig is None
            else program_of_image(self._facts, options.daemon_image)
        )
        self._interruption = Interruption()
        self._interruption.install()

    def run(self) -> None:
        """Rehearses.

        Raises:
            ToolError: Something went wrong, or came out wrong.
        """
        start = monotonic()
        self._report.say(
            f"AWS is moto, and the {self._program.kind} is {self._program.description}."
        )
        with ExitStack() as until_the_end:
            api_server = self._connect(until_the_end)
            cloud, deployment = self._deploy(until_the_end, api_server)
            access = check_access(cloud, deployment, self._facts, self._report)
            daemon = Daemon(self._program, access.credentials, cloud, self._folder)
            stage = self._set_stage(until_the_end, deployment, daemon, api_server)
            if stage is None:
                self._report.say("sampleServices is false: there is nothing to trace.")
                return
            self._trace(access.traces, stage)
            self._report.say(f"Rehearsed in {monotonic() - start:.1f} s.")
            if self._options.keep:
                self._stay_up(access.traces, stage)

    def _deploy(
        self, until_the_end: ExitStack, api_server: "ApiServer | None"
    ) -> tuple[Cloud, Deployment]:
        with self._report.step("Running the program"):
            here = start_cloud(self._facts.region, self._address(api_server))
            cloud = until_the_end.enter_context(here)
            deployment = deploy(self._project, self._facts, cloud, self._folder / "manifests")
        self._report.resources(deployment, f"{self._project.name} {self._project.stack}")
        return cloud, deployment

    def _connect(self, until_the_end: ExitStack) -> "ApiServer | None":
        if self._options.kubeconfig is None:
            return None
        # Loaded only where there is a cluster: the client takes a while and 13 MB.
        from tools.lab.cluster import ApiServer

        with self._report.step(f"Connecting to the cluster of {self._options.kubeconfig}"):
            api_server = ApiServer(self._options.kubeconfig)
        until_the_end.callback(self._delete_all, api_server)
        return api_server

    def _delete_all(self, api_server: "ApiServer") -> None:
        with (
            self._interruption.shield(),
            self._report.step("Deleting the objects from the cluster"),
        ):
            api_server.delete_all()

    def _address(self, api_server: "ApiServer | None") -> str:
        """Returns where AWS is to listen: where the pods reach it."""
        if api_server is None:
            return HOST
        from .on_cluster.stage import address_towards

        return self._options.reached_at or address_towards(api_server)

    def _set_stage(
        self,
        until_the_end: ExitStack,
        deployment: Deployment,
        daemon: Daemon,
        api_server: "ApiServer | None",
    ) -> Stage | None:
        """Starts the pods; returns nothing where none of them is to be traced."""
        traced = URL_OUTPUT in deployment.outputs
        self._report.heading("Traces" if traced else "Pods")
        if api_server is not None:
            stage = self._set_stage_on_cluster(deployment, daemon, api_server)
            return stage if traced else None
        if not traced:
            return None
        processes = Processes(self._folder / "logs", self._interruption)
        until_the_end.callback(processes.end_all)
        with self._report.step(f"Starting the {daemon.program.kind} and the sample services"):
            return set_stage(deployment, daemon, processes, self._options.port)

    def _set_stage_on_cluster(
        self, deployment: Deployment, daemon: Daemon, api_server: "ApiServer"
    ) -> Stage:
        from .on_cluster.images import Images
        from .on_cluster.stage import set_stage_on_cluster

        options = self._options
        images = Images(options.image, options.daemon_image, options.load)
        return set_stage_on_cluster(deployment, daemon, api_server, images, self._report)

    def _trace(self, cloud: Cloud, stage: Stage) -> None:
        since = datetime.now(UTC)
        count = self._options.requests
        with self._report.growing_step(f"Sending {count} requests") as progress:
            sent = send_requests(stage.url, count, stage.session, progress)
        stage.check()
        with self._report.step("Reading their traces"):
            arrival = await_traces(cloud.client("xray"), since, sent.trace_ids, stage.services)
        graph = build_service_graph(arrival.traces)
        page = self._folder / "index.html"
        facts = [
            ("Stack", self._project.stack),
            (self._program.kind.capitalize(), self._program.description),
            ("Requests sent", str(arrival.sent)),
        ]
        title = "X-Ray on Kubernetes, rehearsed"
        page.write_text(render_page(arrival.traces, graph, title, facts), encoding="utf-8")
        self._report.service_map(graph, sent, arrival, page)
        problem = arrival.problem()
        if problem is not None:
            raise ToolError(problem + stage.last_words())

    def _stay_up(self, cloud: Cloud, stage: Stage) -> None:
        self._report.addresses(stage.ask, cloud.endpoint, cloud.administrator_environment())
        waiting = threading.Event()
        try:
            while not waiting.wait(1):
                stage.check()
        except KeyboardInterrupt:
            self._report.say("Ended.")
