"""Puts the program's objects on a cluster, with pods that reach AWS on this machine."""

import shlex
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException

from components.architecture import Architecture
from tools.lab.api_server import ApiServer
from tools.lab.deployment import Deployment, Manifest
from tools.lab.errors import ToolError

from ..collector_files import gateways_of
from ..daemon import Daemon
from ..daemon_program import DaemonProgram
from ..report import Report
from ..stage import URL_OUTPUT, Stage, sample_services_of, traced_services
from .entrance import path_through, session_for
from .images import Images
from .overlay import Overlay
from .waiting import await_pods, silent

WORKLOADS: Final = ("DaemonSet", "Deployment")

PRIVATE_REGISTRY: Final = ".dkr.ecr."
"""Part of the name of every ECR registry (Amazon ECR user guide, "Private registries"). What is
elsewhere, the nodes pull as the program says."""

STAND_IN_MEMORY: Final = "256Mi"
"""The daemon's limits are for AWS's own; its stand-in is a Python program."""

ROUTES_SECONDS: Final = 3
"""How long every node's kube-proxy may take to lead to pods that have become ready; it gathers
changes for a second, and nobody can be asked whether it is done."""

LOG_LINES: Final = 3
"""Lines of a pod's log that an error repeats."""


def set_stage_on_cluster(
    deployment: Deployment,
    daemon: Daemon,
    api_server: ApiServer,
    images: Images,
    report: Report,
) -> Stage:
    """Applies what the program declared and waits until every pod is ready.

    Args:
        deployment: What the program declared.
        daemon: What the daemon runs as.
        api_server: The cluster; it deletes what was applied.
        images: Where the pods' images come from.
        report: Shows what goes on.

    Raises:
        ToolError: The cluster refuses an object, or a pod can't start.
    """
    with report.step("Making the pods' images and bringing them to the nodes"):
        instead = _bring_images(deployment, daemon.program, images)
    overlay = Overlay(
        daemon.cloud.endpoint,
        daemon.credentials,
        instead,
        STAND_IN_MEMORY if daemon.program.stand_in and instead else None,
    )
    manifests = overlay.apply(deployment.objects())
    doing = f"Applying {len(manifests)} objects to the cluster, to be deleted in the end"
    with report.step(doing):
        gateways = gateways_of(manifests)
        for manifest in manifests:
            api_server.apply(manifest)
            if manifest in gateways:
                # As the program does it: a collector that looks for them too early has to wait
                # until the cluster's DNS forgets that there were none.
                await_pods(api_server, [manifest], silent)
    workloads = [each for each in manifests if each["kind"] in WORKLOADS]
    with report.growing_step("Waiting for the pods") as progress:
        await_pods(api_server, workloads, progress)
        time.sleep(ROUTES_SECONDS)
    pods = _Pods(api_server, workloads)
    path = path_through(str(deployment.outputs.get(URL_OUTPUT, "")))
    return Stage(
        url=api_server.client.configuration.host + path,
        services=traced_services(deployment.objects()),
        ask=f"kubectl --kubeconfig {shlex.quote(str(api_server.kubeconfig))} get --raw {path}",
        session=session_for(api_server),
        check=pods.check,
        last_words=pods.last_words,
    )


def architecture_of_this_machine(machine: str) -> Architecture:
    """Returns the architecture of images that are made here.

    Args:
        machine: What `platform.machine()` says.
    """
    return Architecture.ARM64 if machine in ("aarch64", "arm64") else Architecture.AMD64


def address_towards(api_server: ApiServer) -> str:
    """Returns the address of this machine that leads to the cluster's nodes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            # Sends nothing: the kernel only chooses the way.
            towards.connect((api_server.node_address(), 9))
        except OSError as error:
            raise ToolError(
                f"no way leads to the cluster's nodes ({error}): name the address of this machine "
                "that pods reach, by --reached-at."
            ) from None
        return str(towards.getsockname()[0])


def _bring_images(deployment: Deployment, program: DaemonProgram, images: Images) -> dict[str, str]:
    """Returns the images on the nodes by those of the private registry that they stand for."""
    instead: dict[str, str] = {}
    for image in _private_images(deployment.objects("DaemonSet")):
        own = program.stand_in
        instead[image] = images.stand_in(program) if own else images.program(program)
    for image in _private_images(sample_services_of(deployment.objects())):
        instead[image] = images.sample_services()
    return instead


def _private_images(workloads: Sequence[Manifest]) -> Iterator[str]:
    containers = (
        container
        for workload in workloads
        for container in workload["spec"]["template"]["spec"]["containers"]
    )
    yield from dict.fromkeys(
        container["image"] for container in containers if PRIVATE_REGISTRY in container["image"]
    )


class _Pods:
    """The pods of some workloads: what is wrong with them, and what they said."""

    def __init__(self, api_server: ApiServer, workloads: Sequence[Manifest]) -> None:
        self._api_server = api_server
        self._workloads = workloads

    def check(self) -> None:
        """Raises a ToolError where a container ended, and was started again."""
        for pod in self._all():
            for container in pod.status.container_statuses or []:
                if container.restart_count:
                    raise ToolError(
                        f"{container.name} of pod {pod.metadata.name} ended while it was traced."
                        + self.last_words()
                    )

    def last_words(self) -> str:
        """Returns the last lines of the pods' logs, for the end of an error."""
        core: Any = CoreV1Api(self._api_server.client)
        said: list[str] = []
        for pod in self._all():
            try:
                text = core.read_namespaced_pod_log(
                    pod.metadata.name,
                    pod.metadata.namespace,
                    container=pod.spec.containers[0].name,
                    tail_lines=LOG_LINES,
                )
            except ApiException:
                continue
            said += [f"{pod.metadata.name}: {line}" for line in text.splitlines()]
        return "\n".join(["", *said]) if said else ""

    def _all(self) -> Iterator[Any]:
        for workload in self._workloads:
            yield from self._api_server.pods_of(workload)
