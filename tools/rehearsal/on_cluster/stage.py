"""Puts the program's objects on a cluster, with pods that reach AWS on this machine."""

import shlex
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tools.lab.cluster import ApiServer
from tools.lab.deployment import Deployment, Manifest
from tools.lab.errors import ToolError

from ..collector_files import gateways_of
from ..daemon import Daemon
from ..report import Report
from ..stage import URL_OUTPUT, Stage, traced_services
from .entrance import path_through, session_for
from .images import Images
from .overlay import Overlay
from .waiting import await_pods

ROUTES_SECONDS: Final = 3
"""How long every node's kube-proxy may take to lead to pods that have become ready; it gathers
changes for a second, and nobody can be asked whether it is done."""

LOG_LINES: Final = 3
"""Lines of a pod's log that an error repeats."""


def set_stage_on_cluster(
    deployment: Deployment, daemon: Daemon, api_server: ApiServer, images: Images, report: Report
) -> Stage:
    """Applies what the program declared and waits until every pod is ready.

    Args:
        deployment: What the program declared.
        daemon: With whose rights the daemon writes, and where AWS is.
        api_server: The cluster; it deletes what was applied.
        images: Where the pods' images come from.
        report: Shows what goes on.

    Raises:
        ToolError: The cluster refuses an object, or a pod can't start.
    """
    with report.step("Bringing the pods' images to the nodes"):
        replacements = images.replacements(deployment)
    overlay = Overlay(daemon.cloud.endpoint, daemon.credentials, replacements)
    manifests = overlay.apply(deployment.objects())
    with report.step(f"Applying {len(manifests)} objects to the cluster, to be deleted in the end"):
        gateways = gateways_of(manifests)
        for manifest in manifests:
            api_server.apply(manifest)
            if manifest in gateways:
                # As the program does it: a collector that looks for them too early has to wait
                # until the cluster's DNS forgets that there were none.
                await_pods(api_server, [manifest])
    workloads = [each for each in manifests if each["kind"] in ("DaemonSet", "Deployment")]
    with report.growing_step("Waiting for the pods") as progress:
        await_pods(api_server, workloads, progress)
        time.sleep(ROUTES_SECONDS)
    pods = _Pods(api_server, workloads)
    path = path_through(str(deployment.outputs.get(URL_OUTPUT, "")))
    return Stage(
        url=api_server.client.configuration.host + path,
        services=traced_services(deployment.objects()),
        ask=f"kubectl --kubeconfig {shlex.quote(api_server.kubeconfig)} get --raw {path}",
        session=session_for(api_server),
        check=pods.check,
        last_words=pods.last_words,
    )


def address_towards(api_server: ApiServer) -> str:
    """Returns the address of this machine that leads to the cluster's nodes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as towards:
        try:
            # Sends nothing: the kernel only chooses the way.
            towards.connect((api_server.node_address(), 9))
            return towards.getsockname()[0]
        except OSError as error:
            raise ToolError(
                f"no way leads to the cluster's nodes ({error}): name the address of this machine "
                "that pods reach, by --reached-at."
            ) from None


@dataclass(frozen=True)
class _Pods:
    """The pods of some workloads: what is wrong with them, and what they said."""

    api_server: ApiServer
    workloads: Sequence[Manifest]

    def check(self) -> None:
        """Raises a ToolError where a container ended, and was started again."""
        for pod in self._all():
            for container in pod.status.container_statuses or []:
                if container.restart_count:
                    name = f"{container.name} of pod {pod.metadata.name}"
                    raise ToolError(f"{name} ended while it was traced.{self.last_words()}")

    def last_words(self) -> str:
        """Returns the last lines of the pods' logs, for the end of an error."""
        return "".join(
            f"\n{pod.metadata.name}: {line}"
            for pod in self._all()
            for line in self.api_server.log_of(pod, LOG_LINES).splitlines()
        )

    def _all(self) -> Sequence[Any]:
        return [pod for each in self.workloads for pod in self.api_server.pods_of(each)]
