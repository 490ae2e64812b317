"""Waits until a workload's pods are ready, or until it is plain that they won't be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tools.lab.api_server import ApiServer
from tools.lab.deployment import Manifest, name_of
from tools.lab.errors import ToolError

READY_SECONDS: Final = 180
"""How long pods may take; longer than to pull an image."""

HOPELESS: Final = frozenset(
    {"CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull"}
    | {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CrashLoopBackOff"}
)
"""What a container waits for in vain (Kubernetes, pkg/kubelet)."""


@dataclass(frozen=True)
class Readiness:
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
    wanted = state["spec"]["replicas"]
    ready = min(status.get("readyReplicas", 0), status.get("updatedReplicas", 0))
    return Readiness(wanted, ready if seen else 0)


def await_pods(
    api_server: ApiServer, workloads: Sequence[Manifest], progress: Callable[[int, int], None]
) -> None:
    """Waits until every pod of some workloads is ready.

    Args:
        api_server: The cluster.
        workloads: DaemonSets and Deployments.
        progress: Called with how many pods are ready, and how many there are to be.

    Raises:
        ToolError: A pod can't start, or is not ready within `READY_SECONDS`.
    """

    def waiting() -> list[Manifest]:
        states = [(each, readiness(api_server.state_of(each))) for each in workloads]
        progress(sum(each.ready for _, each in states), sum(each.wanted for _, each in states))
        late = [workload for workload, state in states if state.ready < state.wanted]
        for workload in late:
            for reason in _hopeless(api_server.pods_of(workload)):
                raise ToolError(f"{name_of(workload)} can't start: {reason}.")
        return late

    late = Retrying(
        retry=retry_if_result(bool),
        stop=stop_after_delay(READY_SECONDS),
        wait=wait_fixed(0.5),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else [],
    )(waiting)
    for workload in late:
        reasons = "; ".join(_reasons(api_server.pods_of(workload))) or "it has no pods"
        raise ToolError(
            f"{name_of(workload)} was not ready within {READY_SECONDS} seconds: {reasons}."
        )


def _hopeless(pods: Sequence[Any]) -> Iterator[str]:
    for pod in pods:
        for container in pod.status.container_statuses or []:
            waiting = container.state.waiting
            if waiting is not None and waiting.reason in HOPELESS:
                ended = container.last_state.terminated
                said = waiting.message or (ended and ended.message) or "no reason is known"
                yield f"{waiting.reason} of {container.name}: {' '.join(said.split())}"


def _reasons(pods: Sequence[Any]) -> Iterator[str]:
    """Yields why pods are not ready, in Kubernetes' own words."""
    for pod in pods:
        for condition in pod.status.conditions or []:
            if condition.status == "False" and condition.message:
                yield f"{pod.metadata.name}: {condition.message}"
