"""Waits until a workload's pods are ready, or until it is plain that they won't be."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from tools.lab.cluster import ApiServer
from tools.lab.deployment import Manifest, name_of
from tools.lab.errors import ToolError

READY_SECONDS: Final = 180
"""How long pods may take; longer than to pull an image."""

POLL_SECONDS: Final = 0.5

HOPELESS: Final = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull"}
    | {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CrashLoopBackOff"}
)
"""What a container waits for in vain (Kubernetes, pkg/kubelet)."""


class Readiness(NamedTuple):
    """How many pods of a workload there are to be, and how many of them are ready."""

    wanted: int
    ready: int


def silent(_done: int, _total: int) -> None:
    """Shows no progress."""


def readiness(state: Any) -> Readiness:
    """Returns how far a DaemonSet or Deployment is, from the object as it is now.

    Nothing is ready as long as its controller has not seen the object's last change.
    """
    status = state.get("status", {})
    seen = status.get("observedGeneration", 0) >= state["metadata"]["generation"]
    if state["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        ready = min(status.get("numberReady", 0), status.get("updatedNumberScheduled", 0))
        return Readiness(max(wanted, 1), ready if seen and wanted else 0)
    ready = min(status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
    return Readiness(state["spec"]["replicas"], ready if seen else 0)


def await_pods(
    api_server: ApiServer,
    workloads: Sequence[Manifest],
    progress: Callable[[int, int], None] = silent,
) -> None:
    """Waits until every pod of some DaemonSets and Deployments is ready.

    Calls `progress` with how many pods are ready, and how many there are to be.

    Raises:
        ToolError: A pod can't start, or is not ready within `READY_SECONDS`.
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        states = [readiness(api_server.state_of(each)) for each in workloads]
        progress(sum(each.ready for each in states), sum(each.wanted for each in states))
        if all(each.ready >= each.wanted for each in states):
            return
        for workload, state in zip(workloads, states, strict=True):
            if state.ready >= state.wanted:
                continue
            pods = api_server.pods_of(workload)
            for reason in _hopeless(pods):
                raise ToolError(f"{name_of(workload)} can't start: {reason}.")
            if time.monotonic() > deadline:
                reasons = "; ".join(_reasons(pods)) or "it has no pods"
                raise ToolError(
                    f"{name_of(workload)} was not ready within {READY_SECONDS} seconds: {reasons}."
                )
        time.sleep(POLL_SECONDS)


def _hopeless(pods: Sequence[Any]) -> Iterator[str]:
    for pod in pods:
        for container in pod.status.container_statuses or []:
            waiting, ended = container.state.waiting, container.last_state.terminated
            if waiting is not None and waiting.reason in HOPELESS:
                said = waiting.message or (ended and ended.message) or "no reason is known"
                yield f"{waiting.reason} of {container.name}: {' '.join(said.split())}"


def _reasons(pods: Sequence[Any]) -> Iterator[str]:
    """Yields why pods are not ready, in Kubernetes' own words."""
    for pod in pods:
        for condition in pod.status.conditions or []:
            if condition.status == "False" and condition.message:
                yield f"{pod.metadata.name}: {condition.message}"
