"""Waits until a workload's pods are ready, or until it is plain that they won't be."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

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


def readiness(state: Any) -> tuple[int, int]:
    """Returns how many pods of a DaemonSet or Deployment are ready, and how many there are to be.

    None is ready as long as its controller has not seen the object's last change.
    """
    status = state.get("status", {})
    if state["kind"] == "DaemonSet":
        wanted = max(status.get("desiredNumberScheduled", 0), 1)
        ready = min(status.get("numberReady", 0), status.get("updatedNumberScheduled", 0))
    else:
        wanted = state["spec"]["replicas"]
        ready = min(status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
    seen = status.get("observedGeneration", 0) >= state["metadata"]["generation"]
    return ready if seen else 0, wanted


def await_pods(
    api_server: ApiServer,
    workloads: Sequence[Manifest],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Waits until every pod of some workloads is ready, or can't be; `READY_SECONDS` at most.

    Tells `progress` how many pods are ready, and how many there are to be.
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        states = [(each, *readiness(api_server.state_of(each))) for each in workloads]
        progress(sum(ready for _, ready, _ in states), sum(wanted for *_, wanted in states))
        late = [workload for workload, ready, wanted in states if ready < wanted]
        if not late:
            return
        for workload in late:
            name, pods = name_of(workload), api_server.pods_of(workload)
            for reason in _hopeless(pods):
                raise ToolError(f"{name} can't start: {reason}.")
            if time.monotonic() > deadline:
                reasons = "; ".join(_reasons(pods)) or "it has no pods"
                raise ToolError(f"{name} was not ready within {READY_SECONDS} seconds: {reasons}.")
        time.sleep(POLL_SECONDS)


def _hopeless(pods: Sequence[Any]) -> Iterator[str]:
    for container in (each for pod in pods for each in pod.status.container_statuses or []):
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
