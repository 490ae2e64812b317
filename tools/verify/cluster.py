"""What the check sees of a cluster, and the probes that it puts there."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from kubernetes import config
from kubernetes.client import AppsV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError
from yaml import YAMLError

from .diagnosis import Daemon
from .errors import VerifyError
from .probe import Probe, Said, read_said

ANSWER_SECONDS: Final = 10
"""How long the API server may take to answer one request."""

LOG_LINES: Final = 200

DAEMON_SELECTOR: Final = "app.kubernetes.io/name=xray-daemon"
"""The label of the daemon's pods (components/labels.py)."""

SAMPLE_SERVICE: Final = "service-a"
"""A Deployment whose image has Python, where the sample services are deployed."""

FARGATE: Final = {"eks.amazonaws.com/compute-type": "fargate"}
"""Nodes that run no DaemonSet; pods there have a daemon of their own."""


class Cluster:
    """The cluster of a kubeconfig, or of the environment's."""

    def __init__(self, kubeconfig: Path | None, namespace: str, probe_namespace: str) -> None:
        """Connects.

        Args:
            kubeconfig: Leads to the cluster; none takes the environment's.
            namespace: Where the daemon is.
            probe_namespace: Where the probes go.

        Raises:
            VerifyError: The kubeconfig can't be read.
        """
        self._namespace = namespace
        self._probe_namespace = probe_namespace
        try:
            client: Any = config.new_client_from_config(
                config_file=None if kubeconfig is None else str(kubeconfig)
            )
        except (config.ConfigException, YAMLError, OSError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())
            name = "the default one" if kubeconfig is None else f"'{kubeconfig}'"
            raise VerifyError(
                f"--kubeconfig is {name}; it must be a readable kubeconfig: {reason}."
            ) from None
        self._core: Any = CoreV1Api(client)
        self._apps: Any = AppsV1Api(client)

    def nodes(self) -> list[str]:
        """Returns the names of the nodes that get a daemon: those of Linux, without Fargate."""
        found = self._ask("list_node", label_selector="kubernetes.io/os=linux").items
        return [
            node.metadata.name
            for node in found
            if not FARGATE.items() <= (node.metadata.labels or {}).items()
        ]

    def sample_image(self) -> str | None:
        """Returns the image of the sample services, where they are deployed."""
        try:
            found = self._apps.read_namespaced_deployment(
                SAMPLE_SERVICE, self._namespace, _request_timeout=ANSWER_SECONDS
            )
        except (ApiException, HTTPError):
            return None
        return found.spec.template.spec.containers[0].image

    def daemons(self, nodes: Collection[str]) -> dict[str, Daemon]:
        """Returns the daemon on each of some nodes that has one, with its log."""
        pods = self._ask(
            "list_namespaced_pod", self._namespace, label_selector=DAEMON_SELECTOR
        ).items
        living = [
            pod
            for pod in pods
            if pod.metadata.deletion_timestamp is None and pod.spec.node_name in nodes
        ]
        # Of two during a rollout, the ready one: it is where the Service leads.
        living.sort(key=_is_ready)
        by_node = {pod.spec.node_name: pod for pod in living}
        return {node: self._daemon(pod) for node, pod in by_node.items()}

    def start(self, probe: Probe, image: str, address: str) -> None:
        """Starts a probe.

        Raises:
            VerifyError: The cluster refuses it.
        """
        manifest = probe.manifest(self._probe_namespace, image, address)
        self._ask("create_namespaced_pod", self._probe_namespace, manifest)

    def said(self, probe: Probe) -> tuple[Said | None, str]:
        """Returns what a probe said, and why it did not run where it said nothing."""
        pod = self._ask("read_namespaced_pod", probe.name, self._probe_namespace)
        for container in pod.status.container_statuses or []:
            if container.state.terminated is not None:
                said = read_said(container.state.terminated.message)
                return said, container.state.terminated.reason or ""
            if container.state.waiting is not None and container.state.waiting.message:
                waiting = container.state.waiting
                return None, f"{waiting.reason}: {' '.join(waiting.message.split())}"
        reasons = [each.message for each in pod.status.conditions or [] if each.message]
        return None, "; ".join(reasons)

    def delete(self, probes: Sequence[Probe]) -> None:
        """Deletes probes."""
        for probe in probes:
            with suppress(ApiException, HTTPError):
                self._core.delete_namespaced_pod(
                    probe.name,
                    self._probe_namespace,
                    grace_period_seconds=0,
                    _request_timeout=ANSWER_SECONDS,
                )

    def _daemon(self, pod: Any) -> Daemon:
        container = pod.spec.containers[0]
        try:
            log = self._core.read_namespaced_pod_log(
                pod.metadata.name,
                self._namespace,
                container=container.name,
                tail_lines=LOG_LINES,
                _request_timeout=ANSWER_SECONDS,
            )
        except (ApiException, HTTPError):
            log = ""
        return Daemon(pod.metadata.name, _is_ready(pod), region_in(container.args or []), log)

    def _ask(self, operation: str, *arguments: Any, **named: Any) -> Any:
        try:
            return getattr(self._core, operation)(
                *arguments, **named, _request_timeout=ANSWER_SECONDS
            )
        except ApiException as error:
            words = " ".join(str(error.body or error.reason).split())
            raise VerifyError(f"the cluster refused {operation}: {words}") from None
        except HTTPError as error:
            words = " ".join(str(getattr(error, "reason", None) or error).split())
            raise VerifyError(f"the cluster doesn't answer: {words}") from None


def region_in(arguments: Sequence[str]) -> str | None:
    """Returns the region in the daemon's command line, if it has one."""
    return next((value for flag, value in pairwise(arguments) if flag == "-n"), None)


def _is_ready(pod: Any) -> bool:
    return any(
        each.type == "Ready" and each.status == "True" for each in pod.status.conditions or []
    )
