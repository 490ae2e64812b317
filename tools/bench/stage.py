"""Puts contenders and senders on a cluster."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kubernetes.client import AppsV1Api, CoreV1Api

from tools.lab.cluster import ApiServer
from tools.lab.errors import ToolError
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS
from tools.rehearsal.on_cluster.waiting import await_pods

from .contenders import Contender

SENDER: Final = Path(__file__).parent / "sender.py"

RATE: Final = 500
"""Segments a second of each sender."""

DELAY: Final = "import time; time.sleep(5)\n"
"""What enforces NetworkPolicies knows a new sender's address only after a moment; until then the
agent's policy lets none of its segments in (kube-router: up to a second)."""

NAMESPACE: Final = "xray-bench"
"""Of the senders."""


@dataclass(frozen=True)
class Load:
    """What one sender sends, and where to."""

    name: str
    prefix: str
    """Four hexadecimal digits with which the ids of its segments start."""

    contender: Contender
    seconds: int
    lookup: str
    """`once` or `each`; see sender.py."""

    @property
    def total(self) -> int:
        """Returns how many segments it sends."""
        return RATE * self.seconds


class Stage:
    """A cluster that contenders and senders are put on."""

    def __init__(self, api_server: ApiServer, image: str) -> None:
        """Takes note of a cluster.

        Args:
            api_server: The cluster; it deletes what was applied.
            image: An image with Python that the nodes have or can pull.
        """
        self._api_server = api_server
        self._image = image
        self._core: Any = CoreV1Api(api_server.client)
        self._apps: Any = AppsV1Api(api_server.client)

    def clear(self) -> None:
        """Removes everything that was put on the cluster."""
        self._api_server.delete_all()

    def deploy(self, contender: Contender) -> None:
        """Puts a contender on the cluster and waits until it is ready."""
        senders = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        for manifest in (senders, *contender.manifests):
            self._api_server.apply(manifest)
        self.await_ready(contender)
        time.sleep(ROUTES_SECONDS)

    def start(self, load: Load) -> None:
        """Starts a sender."""
        program = DELAY + SENDER.read_text(encoding="utf-8")
        host = f"xray-service.{load.contender.namespace}"
        arguments = [host, str(RATE), str(load.seconds), load.prefix, load.lookup]
        container = {
            "name": "sender",
            "image": self._image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-c", program, *arguments],
        }
        self._api_server.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": load.name, "namespace": NAMESPACE},
                "spec": {
                    "restartPolicy": "Never",
                    "terminationGracePeriodSeconds": 0,
                    "containers": [container],
                },
            }
        )

    def await_end(self, load: Load) -> None:
        """Waits until a sender has sent everything.

        Raises:
            ToolError: It does not end.
        """
        patience = load.seconds * 2 + 60
        until, phase = time.monotonic() + patience, "Pending"
        while phase in ("Pending", "Running") and time.monotonic() < until:
            time.sleep(0.5)
            phase = self._core.read_namespaced_pod(load.name, NAMESPACE).status.phase
        if phase != "Succeeded":
            raise ToolError(f"{load.name} was {phase} after {patience} seconds.")

    def roll_out(self, contender: Contender) -> None:
        """Replaces every pod of a contender, as a new version would; does not wait for it."""
        stamp = {"bench/restarted-at": str(time.time())}
        metadata = contender.daemon_set["metadata"]
        self._apps.patch_namespaced_daemon_set(
            metadata["name"],
            metadata["namespace"],
            {"spec": {"template": {"metadata": {"annotations": stamp}}}},
        )

    def await_ready(self, contender: Contender) -> None:
        """Waits until every pod of a contender is new and ready."""
        await_pods(self._api_server, [contender.daemon_set])

    def kill(self, contender: Contender) -> None:
        """Kills the pods of a contender: SIGKILL, without a moment to finish."""
        for pod in self._pods(contender):
            self._core.delete_namespaced_pod(
                pod.metadata.name, pod.metadata.namespace, grace_period_seconds=0
            )

    def restarts(self, contender: Contender) -> int:
        """Returns how often containers of a contender were started again."""
        return sum(
            container.restart_count
            for pod in self._pods(contender)
            for container in pod.status.container_statuses or []
        )

    def _pods(self, contender: Contender) -> Sequence[Any]:
        return self._api_server.pods_of(contender.daemon_set)
