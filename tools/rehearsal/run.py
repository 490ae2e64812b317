"""One rehearsal, from the stack's files to the service map."""

import argparse
import threading
import webbrowser
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from aws_xray_sdk.core.models.traceid import TraceId
from filelock import FileLock, Timeout

from tools.lab.deployment import Deployment
from tools.lab.errors import ToolError
from tools.lab.interruption import Interruption
from tools.lab.processes import Processes
from tools.lab.project import PROJECT, read_project
from tools.traces.page import render_page
from tools.traces.reader import read_traces
from tools.traces.service_graph import build_service_graph
from tools.traces.trace import Trace

from .access.check import check_access
from .agent_program import AgentProgram, check_exporter, find_collector, find_daemon
from .aws.cloud import Cloud, start_cloud
from .network import HOST, check_listening
from .program import check_settings, deploy
from .report import Report
from .stage import URL_OUTPUT, Agent, Stage, set_stage
from .traffic import await_traces, send_requests

if TYPE_CHECKING:
    from tools.lab.cluster import ApiServer

BUILD: Final = Path("build/rehearsal")
"""Where everything that a rehearsal writes goes, under the project's directory; that of one that
runs beside another has a number."""

PAGE: Final = "index.html"

NEXT: Final = "Next: open the page, and a trace in it; README.md says how to deploy this."

RENEW_SECONDS: Final = 2
"""How often what stays up looks for new traces, and for more of those of the last minute."""


class Rehearsal:
    """Rehearses one stack of the project in a directory."""

    def __init__(
        self, options: argparse.Namespace, report: Report, directory: Path = PROJECT
    ) -> None:
        """Looks whether there is all that the rehearsal needs."""
        self._options = options
        self._report = report
        self._folder, self._lock = take_folder(directory / BUILD)
        self._project = read_project(directory, options.stack)
        # Said now rather than when everything else is up.
        check_listening(f"--port is {options.port}", HOST, options.port, "a free port")
        self._settings = check_settings(self._project)
        self._programs = self._find_agent()
        self._kinds = ", the ".join(each.kind for each in self._programs)
        self._interruption = Interruption()
        self._interruption.install()

    def run(self) -> None:
        """Rehearses; raises a ToolError where something comes out wrong."""
        start, report = monotonic(), self._report
        described = [f"the {each.kind} is {each.description}" for each in self._programs]
        report.progress.print(f"AWS is a simulation, moto, and {' and '.join(described)}.")
        with ExitStack() as until_the_end:
            api_server = self._connect(until_the_end) if self._options.kubeconfig else None
            with report.step("Running the program"):
                here = start_cloud(self._settings.region, self._address(api_server))
                cloud = until_the_end.enter_context(here)
                manifests = self._folder / "manifests"
                deployment = deploy(self._project, self._settings, cloud, manifests)
            report.resources(deployment, f"{self._project.name} {self._project.stack}")
            access = check_access(cloud, deployment, self._settings, report)
            agent = Agent(self._programs, access.credentials, cloud.endpoint, access.canary)
            traced = URL_OUTPUT in deployment.outputs
            if traced or api_server is not None:
                report.progress.print("\nTraces" if traced else "\nPods")
                stage = self._set_stage(until_the_end, deployment, agent, api_server)
                if traced:
                    traces = self._trace(access.traces, stage)
                    report.progress.print(f"Rehearsed in {monotonic() - start:.1f} s.")
                    if self._options.open and not webbrowser.open(report.result["page"]):
                        raise ToolError("--open: no browser can be started here; open the link.")
                    if self._options.keep:
                        self._stay_up(access.traces, stage, traces)
                    else:
                        report.say(NEXT)
            if not traced:
                report.say("Rehearsed without traces, because sampleServices is false.")

    def _find_agent(self) -> list[AgentProgram]:
        check_exporter(self._settings)
        options, agent = self._options, self._settings.agent.value
        kinds = ["daemon", "collector"] if agent == "both" else [agent]
        if options.kubeconfig is not None:
            named = {agent: options.daemon_image, "daemon": options.daemon_image}
            named.setdefault("collector", options.collector_image)
            images = [(named[kind] or "the stack's own image", kind) for kind in kinds]
            return [AgentProgram((), *each) for each in images]
        found = {"daemon": find_daemon, "collector": find_collector}
        return [found[kind](getattr(options, kind)) for kind in kinds]

    def _connect(self, until_the_end: ExitStack) -> "ApiServer":
        # Loaded only where there is a cluster: the client takes a while and 13 MB.
        from tools.lab.cluster import ApiServer

        with self._report.step(f"Connecting to the cluster of {self._options.kubeconfig}"):
            api_server = ApiServer(self._options.kubeconfig)
        until_the_end.callback(self._delete_all, api_server)
        return api_server

    def _delete_all(self, api_server: "ApiServer") -> None:
        deleting = self._report.step("Deleting the objects from the cluster")
        with self._interruption.shield(), deleting:
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
        agent: Agent,
        api_server: "ApiServer | None",
    ) -> Stage:
        """Starts the pods, on the cluster where there is one."""
        options, report = self._options, self._report
        if api_server is None:
            processes = Processes(self._folder / "logs", self._interruption)
            until_the_end.callback(processes.end_all)
            with report.step(f"Starting the {self._kinds} and the sample services"):
                return set_stage(deployment, agent, self._folder, processes, options.port)
        from .on_cluster.images import replacements
        from .on_cluster.stage import set_stage_on_cluster

        with report.step("Bringing the pods' images to the nodes"):
            given = (options.image, options.daemon_image, options.collector_image)
            images = replacements(deployment, *given, options.load)
        return set_stage_on_cluster(deployment, agent, api_server, images, report)

    def _trace(self, cloud: Cloud, stage: Stage) -> Sequence[Trace]:
        """Sends requests and returns the traces; raises a ToolError where some did not arrive."""
        since, sampling = datetime.now(UTC), self._settings.tail_sampling
        trace_ids = {TraceId().to_id() for _ in range(self._options.requests)}
        with self._report.step(f"Sending {len(trace_ids)} requests") as progress:
            statuses = send_requests(stage.url, trace_ids, stage.session, progress)
        stage.check()
        later = "" if sampling is None else f", once {sampling['wait_seconds']} s have passed"
        with self._report.step(f"Reading their traces{later}"):
            client = cloud.client("xray")
            arrival = await_traces(client, since, statuses, stage.services, sampling)
        self._report.arrival(statuses, arrival)
        self._show(arrival.traces)
        problem = arrival.problem()
        if problem is not None:
            raise ToolError(problem + stage.last_words())
        return arrival.traces

    def _show(self, traces: Sequence[Trace]) -> None:
        """Shows traces on the map and writes them to the page."""
        graph = build_service_graph(traces)
        page = self._folder / PAGE
        facts = [
            ("Stack", self._project.stack),
            *((each.kind.capitalize(), each.description) for each in self._programs),
            ("Requests sent", str(self._options.requests)),
        ]
        title = "X-Ray on Kubernetes, rehearsed"
        page.write_text(render_page(traces, graph, title, facts), encoding="utf-8")
        self._report.service_map(graph, traces, page)

    def _stay_up(self, cloud: Cloud, stage: Stage, traces: Sequence[Trace]) -> None:
        """Shows whatever traces come, until the user ends it."""
        environment = cloud.administrator.environment()
        environment |= {"AWS_REGION": cloud.region, "AWS_ENDPOINT_URL": cloud.endpoint}
        if not self._options.kubeconfig:
            (udp,) = (here for port, here in stage.agent.items() if port.startswith("UDP"))
            environment["AWS_XRAY_DAEMON_ADDRESS"] = udp
        self._report.addresses(stage.ask, stage.agent, environment)
        waiting, client = threading.Event(), cloud.client("xray")
        shown = {trace.id: trace for trace in traces}
        with suppress(KeyboardInterrupt):
            while not waiting.wait(RENEW_SECONDS):
                stage.check()
                now, before = datetime.now(UTC), _count(shown)
                recent = read_traces(client, now - timedelta(minutes=1), now)
                shown |= {trace.id: trace for trace in recent}
                if _count(shown) > before:
                    self._show([*shown.values()])


def take_folder(folder: Path, following: int = 2) -> tuple[Path, FileLock]:
    """Returns the folder, or the first like it that no other rehearsal has, and what keeps it.

    The page of the rehearsal that had it before is gone.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{folder}.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout:
        return take_folder(folder.with_name(f"{BUILD.name}-{following}"), following + 1)
    (folder / PAGE).unlink(missing_ok=True)
    return folder, lock


def _count(traces: Mapping[str, Trace]) -> int:
    return sum(len(trace.records) for trace in traces.values())
