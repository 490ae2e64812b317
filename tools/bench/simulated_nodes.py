"""Nodes without machines, which kwok's controller keeps alive beside a cluster's real ones."""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kubernetes.client import CoordinationV1Api, CoreV1Api
from kubernetes.client.exceptions import ApiException
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from tools.lab.api_server import ApiServer
from tools.lab.deployment import Manifest
from tools.lab.errors import ToolError
from tools.lab.processes import Process

LABEL: Final = "xray-bench/simulated"
"""Label and taint of the nodes, and of no others."""

STAGES: Final = Path(__file__).parent / "kwok_stages.yaml"

MANAGED: Final = {"kwok.x-k8s.io/node": "fake"}
"""Annotation of the nodes that kwok may manage."""

ROOM: Final = {"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"}
"""What a node has for pods. kwok's own nodes have no storage, which the daemon requests."""

LEASE_SECONDS: Final = 120
"""kwok renews a node's lease four times in this time. A kubelet renews it every 10 seconds, but not
all kubelets with the processor of the API server."""

LEASES: Final = "kube-node-lease"
"""The namespace that nodes' leases are in."""

READY_SECONDS: Final = 180
"""How long all nodes may take to be ready."""

THREADS: Final = 8
NOT_FOUND: Final = 404


@contextmanager
def start_kwok(kubeconfig: Path) -> Generator[Process]:
    """Starts kwok's controller for a cluster, and ends it with its block.

    Raises:
        ToolError: It is not there, or can't be started.
    """
    program = shutil.which("kwok")
    if program is None:
        raise ToolError(
            "kwok is not on the PATH; it simulates the nodes: "
            "install it by `go install sigs.k8s.io/kwok/cmd/kwok@v0.7.0`."
        )
    with tempfile.TemporaryDirectory() as folder:
        ((key, value),) = MANAGED.items()
        command = [
            program,
            f"--kubeconfig={kubeconfig.absolute()}",
            f"--config={STAGES}",
            f"--manage-nodes-with-annotation-selector={key}={value}",
            f"--node-lease-duration-seconds={LEASE_SECONDS}",
        ]
        # kwok reads a configuration from the home folder too.
        environment = {"PATH": os.environ["PATH"], "HOME": folder}
        process = Process("kwok", command, environment, Path(folder), Path(folder) / "kwok.log")
        try:
            yield process
        finally:
            process.tell_to_stop()
            process.wait_or_kill()


class SimulatedNodes:
    """The simulated nodes of a cluster."""

    def __init__(self, api_server: ApiServer) -> None:
        self._core: Any = CoreV1Api(api_server.client)
        self._leases: Any = CoordinationV1Api(api_server.client)

    def grow(self, count: int) -> None:
        """Adds nodes until there are so many, and waits until they are ready.

        Raises:
            ToolError: They were not ready in time.
        """
        there = set(self._found())
        missing = [name for name in map(_name, range(count)) if name not in there]
        in_threads(lambda name: self._core.create_node(_node(name)), missing)
        try:
            Retrying(
                retry=retry_if_result(lambda ready: ready < count),
                stop=stop_after_delay(READY_SECONDS),
                wait=wait_fixed(1),
            )(lambda: sum(self._found().values()))
        except RetryError:
            raise ToolError(
                f"{count} simulated nodes were not ready within {READY_SECONDS} seconds."
            ) from None

    def delete_all(self) -> None:
        """Deletes every simulated node and its lease; kwok must have ended, or it makes new leases.

        Also those that an earlier run left, where it was killed.
        """

        def delete(name: str) -> None:
            absent_is_fine(self._core.delete_node, name)
            absent_is_fine(self._leases.delete_namespaced_lease, name, LEASES)

        in_threads(delete, self._found())

    def _found(self) -> dict[str, bool]:
        """Returns whether each node is ready."""
        nodes = self._core.list_node(label_selector=LABEL, _preload_content=False).json()["items"]
        return {node["metadata"]["name"]: is_ready(node) for node in nodes}


def is_ready(manifest: Manifest) -> bool:
    """Returns whether a pod or a node says that it is ready."""
    conditions = manifest.get("status", {}).get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def in_threads(do: Callable[[str], object], names: Iterable[str]) -> None:
    """Does something with each name, several at a time; raises what the first failure raised."""
    with ThreadPoolExecutor(THREADS) as threads:
        for _ in threads.map(do, names):
            pass


def absent_is_fine(delete: Callable[..., object], *arguments: str, **options: object) -> None:
    """Deletes an object that may be gone already."""
    try:
        delete(*arguments, **options)
    except ApiException as error:
        if error.status != NOT_FOUND:
            raise


def _name(number: int) -> str:
    return f"xray-simulated-{number:04}"


def _node(name: str) -> Manifest:
    """Returns a node that says nothing of its operating system.

    The program's daemon tolerates every taint, but wants Linux: one that is on the same cluster for
    another purpose stays off these nodes.
    """
    return {
        "metadata": {
            "name": name,
            "labels": {LABEL: "true", "kubernetes.io/arch": "amd64"},
            "annotations": MANAGED,
        },
        "spec": {"taints": [{"key": LABEL, "value": "true", "effect": "NoSchedule"}]},
        "status": {
            "addresses": [{"type": "Hostname", "address": name}],
            "allocatable": ROOM,
            "capacity": ROOM,
        },
    }
