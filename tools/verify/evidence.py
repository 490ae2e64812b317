"""What is seen on the cluster of a node: its daemon with its log, and how its probe fared."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple

from kubernetes.client import AppsV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from tools.lab.cluster import ApiServer

from .probe import ProbeResult

PORT: Final = 2000

SPAN_PORT: Final = 4318
"""Where spans are sent to by HTTP, if the agent takes any; the container there is a collector."""

LOG_LINES: Final = 2000

RECENT_SECONDS: Final = 15 * 60
"""How long before the probe something may be; a collector tries for minutes before it says so."""

DAEMON_SELECTOR: Final = "app.kubernetes.io/name=xray-daemon"
"""The label of the daemon's pods (components/agent/pod/labels.py)."""

FARGATE: Final = ("eks.amazonaws.com/compute-type", "fargate")
"""The label of nodes that run no DaemonSet; pods there have a daemon of their own."""

CREDENTIALS: Final = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"}
"""What EKS adds to a pod with a role of its own (amazon-eks-pod-identity-webhook,
pkg/handler/handler.go), or the stack's own manifest has."""

BEGINS: Final = re.compile(r'\n(?=\d{4}[-/]\d\d[-/]\d\d[T ]|\{"(?:level|ts)":)')
"""Where an entry begins, also one of Go's own `log`; other lines continue the one before."""

DAEMON_ENTRY: Final = re.compile(r"(\S+) \[\w+\] (.*)")
"""Time, level and message (aws/aws-xray-daemon pkg/cfg/cfg.go, LogFormat)."""


class Entry(NamedTuple):
    """An entry of a log: when it was written, by the node's clock, and its message."""

    time: datetime
    text: str


@dataclass(frozen=True)
class Daemon:
    """The daemon's pod on one node.

    Attributes:
        pod: Its name; empty where there is none.
        region: The AWS region that its arguments name.
        logs_segments: Whether its arguments tell it to log segments as they come.
        has_role: Whether it is told where the credentials of a role of its own are.
        killed: When one before it was killed for lack of memory, in epoch seconds; else 0.
    """

    pod: str = ""
    ready: bool = False
    region: str | None = None
    logs_segments: bool = False
    has_role: bool = True
    killed: float = 0
    log: Sequence[Entry] = ()


@dataclass(frozen=True)
class Evidence:
    """What is seen of one node whose trace did not arrive.

    Attributes:
        name: The name at which applications find the daemon.
        region: Where the trace was looked for.
    """

    node: str
    trace_id: str
    name: str
    region: str
    probe: ProbeResult
    daemon: Daemon

    log_lines = f"{LOG_LINES:,}"
    port_is_closed = property(lambda self: self.probe.closed.get(str(PORT)))
    since = property(lambda self: self.probe.sent - RECENT_SECONDS)
    ran_out = property(lambda self: self.daemon.killed > self.since)
    region_differs = property(lambda self: self.daemon.region not in (None, self.region))


def traced_nodes(api_server: ApiServer) -> list[str]:
    """Returns the names of the nodes that get a daemon: those of Linux, without Fargate."""
    return [
        node.metadata.name
        for node in api_server.nodes("kubernetes.io/os=linux")
        if FARGATE not in (node.metadata.labels or {}).items()
    ]


def daemon_on(api_server: ApiServer, namespace: str, node: str, name: str = "") -> Daemon:
    """Returns the daemon on a node; in its place, the container of a name beside it."""
    pods = api_server.pods(namespace, DAEMON_SELECTOR, f"spec.nodeName={node}")
    living = [pod for pod in pods if pod.metadata.deletion_timestamp is None]
    if not living:
        return Daemon()
    # Of two during a rollout, the ready one: it is where the Service leads.
    pod = max(living, key=_is_ready)
    first, *_ = containers = pod.spec.containers
    container = next((each for each in containers if name and each.name == name), first)
    arguments = container.args or []
    ended = [each.last_state.terminated for each in pod.status.container_statuses or []]
    killed = [each.finished_at.timestamp() for each in ended if each and each.reason == "OOMKilled"]
    return Daemon(
        pod.metadata.name,
        _is_ready(pod),
        next((value for flag, value in pairwise(arguments) if flag == "-n"), None),
        not {"debug", "dev"}.isdisjoint(arguments),
        any(each.name in CREDENTIALS for each in container.env or []),
        max([0, *killed]),
        entries_in(api_server.log_of(pod, LOG_LINES, name)),
    )


def ports_of(api_server: ApiServer, namespace: str, service: str) -> list[int]:
    """Returns the TCP ports of the agent's Service; where it can't be read, the daemon's."""
    ports = {PORT}
    with suppress(ApiException, HTTPError):
        found = api_server.core.read_namespaced_service(service, namespace).spec.ports
        ports |= {each.port for each in found if each.protocol == "TCP"}
    return sorted(ports)


def sample_image(api_server: ApiServer, namespace: str) -> str | None:
    """Returns the image of the sample services, which has Python, where they are deployed."""
    apps: Any = AppsV1Api(api_server.client)
    with suppress(ApiException, HTTPError):
        found = apps.read_namespaced_deployment("service-a", namespace)
        return found.spec.template.spec.containers[0].image
    return None


def _is_ready(pod: Any) -> bool:
    return any(
        each.type == "Ready" and each.status == "True" for each in pod.status.conditions or []
    )


def entries_in(log: str) -> list[Entry]:
    """Returns the entries of a daemon's or a collector's log, oldest first."""
    found = (_entry_of(" ".join(text.split())) for text in BEGINS.split(log))
    return [entry for entry in found if entry is not None]


def _entry_of(text: str) -> Entry | None:
    try:
        if found := DAEMON_ENTRY.fullmatch(text):
            time, message = found.groups()
        else:
            said, _ = json.JSONDecoder().raw_decode(text)
            time, message = said["ts"], f"{said['msg']} {said.get('error', '')}"
        entry = Entry(datetime.fromisoformat(time), message)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return entry if entry.time.tzinfo else None
