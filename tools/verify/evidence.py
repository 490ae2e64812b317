"""What is seen on the cluster of a node: its daemon, and how its probe fared."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from kubernetes.client import AppsV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tools.lab.cluster import ApiServer

from .log import Entry, entries_in
from .probe import ProbeResult

PORT: Final = 2000

LOG_LINES: Final = 2000

DAEMON_SELECTOR: Final = "app.kubernetes.io/name=xray-daemon"
"""The label of the daemon's pods (components/agent/pod/labels.py)."""

FARGATE: Final = ("eks.amazonaws.com/compute-type", "fargate")
"""The label of nodes that run no DaemonSet; pods there have a daemon of their own."""


CREDENTIALS: Final = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"}
"""What EKS adds to a pod with a role of its own (amazon-eks-pod-identity-webhook,
pkg/handler/handler.go), or the stack's own manifest has."""


@dataclass(frozen=True)
class Daemon:
    """The daemon's pod on one node.

    Attributes:
        pod: Its name; empty where there is none.
        ready: Whether it is ready.
        region: The AWS region that its arguments name.
        log_level: The least severity that its arguments tell it to log.
        has_role: Whether it is told where the credentials of a role of its own are.
        log: The last entries of its log.
    """

    pod: str = ""
    ready: bool = False
    region: str | None = None
    log_level: str | None = None
    has_role: bool = True
    log: Sequence[Entry] = ()


@dataclass(frozen=True)
class Evidence:
    """What is seen of one node whose trace did not arrive.

    Attributes:
        node: The node's name.
        trace_id: The trace.
        name: The name at which applications find the daemon.
        region: Where the trace was looked for.
        probe: How the probe fared.
        daemon: The daemon on the node; without a pod where there is none.
    """

    node: str
    trace_id: str
    name: str
    region: str
    probe: ProbeResult
    daemon: Daemon

    # What causes.yaml names:
    probe_did_not_run = property(lambda self: self.probe.not_run)
    name_does_not_resolve = property(lambda self: not self.probe.resolved)
    daemon_is_absent = property(lambda self: not self.daemon.pod)
    daemon_is_not_ready = property(lambda self: not self.daemon.ready)
    port_is_closed = property(lambda self: self.probe.closed.get(str(PORT)))
    probe_failed = property(lambda self: self.probe.error)
    region_differs = property(lambda self: self.daemon.region not in (None, self.region))
    log_holds_segments = property(lambda self: self.daemon.log_level in ("debug", "dev"))
    pod_has_role = property(lambda self: self.daemon.has_role)
    nothing_else = True


def traced_nodes(api_server: ApiServer) -> list[str]:
    """Returns the names of the nodes that get a daemon: those of Linux, without Fargate."""
    return [
        node.metadata.name
        for node in api_server.nodes("kubernetes.io/os=linux")
        if FARGATE not in (node.metadata.labels or {}).items()
    ]


def daemon_on(api_server: ApiServer, namespace: str, node: str) -> Daemon:
    """Returns the daemon on a node."""
    pods = api_server.pods(namespace, DAEMON_SELECTOR, f"spec.nodeName={node}")
    living = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
    if not living:
        return Daemon()
    # Of two during a rollout, the ready one: it is where the Service leads.
    pod = max(living, key=_is_ready)
    container = pod.spec.containers[0]
    arguments = container.args or []
    return Daemon(
        pod.metadata.name,
        _is_ready(pod),
        argument_in(arguments, "-n"),
        argument_in(arguments, "-l"),
        any(each.name in CREDENTIALS for each in container.env or []),
        entries_in(api_server.log_of(pod, LOG_LINES)),
    )


def ports_of(api_server: ApiServer, namespace: str, service: str) -> list[int]:
    """Returns the TCP ports of the agent's Service; where it can't be read, the daemon's."""
    with suppress(ApiException, HTTPError):
        ports = api_server.core.read_namespaced_service(service, namespace).spec.ports
        tcp = [each.port for each in ports if each.protocol in (None, "TCP")]
        return [PORT, *(each for each in tcp if each != PORT)]
    return [PORT]


def sample_image(api_server: ApiServer, namespace: str) -> str | None:
    """Returns the image of the sample services, which has Python, where they are deployed."""
    apps: Any = AppsV1Api(api_server.client)
    with suppress(ApiException, HTTPError):
        found = apps.read_namespaced_deployment("service-a", namespace)
        return found.spec.template.spec.containers[0].image
    return None


def argument_in(arguments: Sequence[str], name: str) -> str | None:
    """Returns what a daemon is told by one of its arguments."""
    return next((value for flag, value in pairwise(arguments) if flag == name), None)


def _is_ready(pod: Any) -> bool:
    return any(
        each.type == "Ready" and each.status == "True" for each in pod.status.conditions or []
    )
