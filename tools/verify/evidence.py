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

from .probe import ProbeResult

LOG_LINES: Final = 200

DAEMON_SELECTOR: Final = "app.kubernetes.io/name=xray-daemon"
"""The label of the daemon's pods (components/agent/pod/labels.py)."""

FARGATE: Final = ("eks.amazonaws.com/compute-type", "fargate")
"""The label of nodes that run no DaemonSet; pods there have a daemon of their own."""


@dataclass(frozen=True)
class Daemon:
    """The daemon's pod on one node, the region that its arguments name, and its last log lines."""

    pod: str = ""
    ready: bool = False
    region: str | None = None
    log: Sequence[str] = ()


@dataclass(frozen=True)
class Evidence:
    """What is seen of one node whose trace did not arrive.

    Attributes:
        node: The node's name.
        name: The name at which applications find the daemon.
        region: Where the trace was looked for.
        probe: How the probe fared.
        daemon: The daemon on the node; without a pod where there is none.
    """

    node: str
    name: str
    region: str
    probe: ProbeResult
    daemon: Daemon


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
    log = api_server.log_of(pod, LOG_LINES).splitlines()
    return Daemon(
        pod.metadata.name,
        _is_ready(pod),
        region_in(pod.spec.containers[0].args or []),
        [" ".join(line.split()) for line in log],
    )


def sample_image(api_server: ApiServer, namespace: str) -> str | None:
    """Returns the image of the sample services, which has Python, where they are deployed."""
    apps: Any = AppsV1Api(api_server.client)
    with suppress(ApiException, HTTPError):
        found = apps.read_namespaced_deployment("service-a", namespace)
        return found.spec.template.spec.containers[0].image
    return None


def region_in(arguments: Sequence[str]) -> str | None:
    """Returns the AWS region that a daemon is told by its arguments."""
    return next((value for flag, value in pairwise(arguments) if flag == "-n"), None)


def _is_ready(pod: Any) -> bool:
    return any(
        each.type == "Ready" and each.status == "True" for each in pod.status.conditions or []
    )
