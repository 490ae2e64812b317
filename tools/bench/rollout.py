"""How long a rollout takes on clusters of several sizes, and how many nodes go without meanwhile.

The nodes and pods are simulated (simulated_nodes.py, strategies.py); the rest is the cluster's own:
the DaemonSet controller, which may send 20 requests a second unless told otherwise, the scheduler,
and the API server.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from kubernetes.client import AppsV1Api, CoreV1Api
from tenacity import (
    RetryError,
    Retrying,
    retry,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
    stop_after_delay,
    wait_fixed,
)
from urllib3.exceptions import HTTPError

from tools.lab.api_server import ApiServer
from tools.lab.deployment import Manifest
from tools.lab.errors import ToolError
from tools.lab.processes import Process
from tools.lab.project import PROJECT
from tools.rehearsal.on_cluster.waiting import readiness

from .simulated_nodes import SimulatedNodes, absent_is_fine, in_threads, is_ready, start_kwok
from .strategies import NAMESPACE, Strategy, strategies

LIMIT_SECONDS: Final = 720
"""How long a rollout is watched; the rest of a longer one is extrapolated."""

DEPLOY_SECONDS: Final = 600
"""How long the first pods may take to be ready, and the last ones to go."""

SAMPLES_EACH_SECOND: Final = 10
"""At most; on larger clusters fewer, so that to look does not slow down what is looked at."""

STAMP: Final = "xray-bench/restarted-at"
"""Annotation that tells a new pod from an old one."""

SERVICE_ACCOUNT: Final = PROJECT / "tests/snapshots/rendered/dev/serviceaccount-xray-daemon.yaml"


@dataclass(frozen=True)
class Rollout:
    """One rollout on a cluster of one size."""

    strategy: str
    nodes: int
    seconds: float
    """From the change of the template until every node has a new pod and no old one."""

    uncovered: int
    """The most nodes that were seen without a ready pod at one moment."""

    extrapolated: bool = False
    """Whether `seconds` is what the first `LIMIT_SECONDS` let expect, and was not measured."""

    @property
    def duration(self) -> str:
        """Returns how long it took, as a person says it; `≈` where that was extrapolated."""
        minutes, seconds = self.seconds / 60, self.seconds
        text = (
            f"{minutes:.1f} min" if minutes >= 2 else f"{seconds:.{0 if seconds >= 10 else 1}f} s"
        )
        return f"≈ {text}" if self.extrapolated else text


@dataclass(frozen=True)
class Progress:
    """How far a rollout is at one moment."""

    renewed: int
    """Nodes whose new pod is ready."""

    uncovered: int
    """Nodes without a ready pod. One that is being stopped is not ready, as a Service sees it."""

    ended: bool


def measure_rollouts(
    api_server: ApiServer, kubeconfig: Path, sizes: Sequence[int]
) -> list[Rollout]:
    """Rolls each strategy out once on each number of simulated nodes.

    Args:
        api_server: The cluster.
        kubeconfig: The same cluster, for kwok.
        sizes: Numbers of nodes.

    Raises:
        ToolError: kwok is not there, or the cluster doesn't come along.
    """
    nodes = SimulatedNodes(api_server)
    bench = RolloutBench(api_server)
    nodes.delete_all()
    try:
        with start_kwok(kubeconfig) as kwok:
            bench.prepare()
            found: list[Rollout] = []
            for size in sorted(sizes):
                nodes.grow(size)
                found += [bench.measure(each, size, kwok) for each in strategies()]
            return found
    finally:
        try:
            bench.delete_all()
        finally:
            nodes.delete_all()


class RolloutBench:
    """The namespace on a cluster that rollouts are timed in."""

    def __init__(self, api_server: ApiServer) -> None:
        self._api_server = api_server
        self._core: Any = CoreV1Api(api_server.client)
        self._apps: Any = AppsV1Api(api_server.client)

    def prepare(self) -> None:
        """Makes the namespace, and the service account that the pods name."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        account = yaml.safe_load(SERVICE_ACCOUNT.read_text(encoding="utf-8"))
        account["metadata"]["namespace"] = NAMESPACE
        for manifest in (namespace, account):
            self._api_server.apply(manifest)

    def measure(self, strategy: Strategy, nodes: int, kwok: Process) -> Rollout:
        """Deploys a DaemonSet, changes its template, watches the rollout, and deletes it.

        Raises:
            ToolError: The first pods are not ready in time, or kwok has ended.
        """
        self._apps.create_namespaced_daemon_set(NAMESPACE, strategy.daemon_set)
        self._await_ready(strategy.daemon_set, nodes)
        name = strategy.daemon_set["metadata"]["name"]
        stamp = str(time.time())
        change = {"spec": {"template": {"metadata": {"annotations": {STAMP: stamp}}}}}
        start = time.monotonic()
        self._apps.patch_namespaced_daemon_set(name, NAMESPACE, change)
        uncovered = 0
        while True:
            progress = progress_of(self._daemon_set(name), self._pods(), stamp, nodes)
            seconds = time.monotonic() - start
            uncovered = max(uncovered, progress.uncovered)
            if progress.ended or seconds > LIMIT_SECONDS:
                break
            kwok.check()
            time.sleep(pause(nodes))
        self._delete(name)
        return rollout_of(strategy.name, nodes, seconds, uncovered, progress)

    def delete_all(self) -> None:
        """Deletes everything, whether kwok still runs or not."""
        for each in strategies():
            self._delete(each.daemon_set["metadata"]["name"])
        absent_is_fine(self._core.delete_namespace, NAMESPACE)

    def _await_ready(self, daemon_set: Manifest, nodes: int) -> None:
        def ready() -> int:
            return readiness(self._api_server.state_of(daemon_set)).ready

        self._await(ready, nodes, f"{nodes} simulated pods were not ready")

    def _delete(self, name: str) -> None:
        """Deletes a DaemonSet and its pods, without a moment to stop."""
        absent_is_fine(self._apps.delete_namespaced_daemon_set, name, NAMESPACE)

        def left() -> int:
            names = [pod["metadata"]["name"] for pod in self._pods()]
            in_threads(
                lambda pod: absent_is_fine(
                    self._core.delete_namespaced_pod, pod, NAMESPACE, grace_period_seconds=0
                ),
                names,
            )
            return len(names)

        self._await(left, 0, "simulated pods were not gone")

    def _await(self, count: Callable[[], int], wanted: int, otherwise: str) -> None:
        try:
            Retrying(
                retry=retry_if_result(lambda counted: counted != wanted),
                stop=stop_after_delay(DEPLOY_SECONDS),
                wait=wait_fixed(1),
            )(count)
        except RetryError:
            raise ToolError(f"{otherwise} within {DEPLOY_SECONDS} seconds.") from None

    @retry(retry=retry_if_exception_type(HTTPError), stop=stop_after_attempt(3), reraise=True)
    def _daemon_set(self, name: str) -> Manifest:
        return self._apps.read_namespaced_daemon_set(name, NAMESPACE, _preload_content=False).json()

    @retry(retry=retry_if_exception_type(HTTPError), stop=stop_after_attempt(3), reraise=True)
    def _pods(self) -> list[Manifest]:
        return self._core.list_namespaced_pod(NAMESPACE, _preload_content=False).json()["items"]


def progress_of(daemon_set: Manifest, pods: Sequence[Manifest], stamp: str, nodes: int) -> Progress:
    """Returns how far a rollout is, from the DaemonSet and the pods as they are now."""
    ready = [pod for pod in pods if is_ready(pod) and "deletionTimestamp" not in pod["metadata"]]
    old = [pod for pod in pods if _stamp_of(pod) != stamp]
    status = daemon_set.get("status", {})
    return Progress(
        renewed=len({pod["spec"]["nodeName"] for pod in ready if _stamp_of(pod) == stamp}),
        uncovered=nodes - len({pod["spec"]["nodeName"] for pod in ready}),
        ended=not old
        and status.get("observedGeneration", 0) >= daemon_set["metadata"]["generation"]
        and status.get("desiredNumberScheduled", 0) == nodes
        and status.get("updatedNumberScheduled", 0) == nodes
        and status.get("numberAvailable", 0) == nodes,
    )


def rollout_of(
    strategy: str, nodes: int, seconds: float, uncovered: int, progress: Progress
) -> Rollout:
    """Returns a rollout from the last that was seen of it.

    Raises:
        ToolError: Nothing was renewed, so that nothing can be expected of the rest.
    """
    if progress.ended:
        return Rollout(strategy, nodes, round(seconds, 1), uncovered)
    if not progress.renewed:
        raise ToolError(f"the rollout '{strategy}' renewed no node within {seconds:.0f} s.")
    expected = seconds * nodes / progress.renewed
    return Rollout(strategy, nodes, round(expected, 1), uncovered, extrapolated=True)


def pause(nodes: int) -> float:
    """Returns the seconds between two looks: a tenth, and one for a thousand nodes."""
    return max(1 / SAMPLES_EACH_SECOND, nodes / 1000)


def _stamp_of(pod: Manifest) -> str:
    return pod["metadata"].get("annotations", {}).get(STAMP, "")
