"""Puts contenders and senders on a cluster."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kubernetes.client import AppsV1Api, CoreV1Api
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tools.lab.api_server import ApiServer
from tools.lab.deployment import Manifest
from tools.lab.errors import ToolError
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS
from tools.rehearsal.on_cluster.waiting import await_pods, silent

from .contenders import Contender

SENDER: Final = Path(__file__).parent / "sender.py"

MALFORMED: Final = """
import os, random, socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
target = (socket.gethostbyname(sys.argv[1]), 2000)
forms = (
    lambda: os.urandom(random.randint(1, 1400)),
    lambda: b'{"format": "json", "version": 1}\\n',
    lambda: b'{"format": "json", "version": 1}\\n{"name": ',
    lambda: b'{"format": "xml", "version": 9}\\n{}',
    lambda: b"x" * 60000,
)
for number in range(int(sys.argv[2])):
    sender.sendto(random.choice(forms)(), target)
    if number % 100 == 0:
        time.sleep(0.01)
"""
"""Sends what is no segment: noise, a header alone, half a document, another format, much."""

BEFORE: Final = "import time; time.sleep(5)\n"
"""What enforces NetworkPolicies knows a new sender's address only after a moment; until then the
daemon's policy lets none of its segments in (kube-router: up to a second)."""

SENDERS_NAMESPACE: Final = "xray-bench"


@dataclass(frozen=True)
class Load:
    """What one sender sends, and where to."""

    name: str
    prefix: str
    """Four hexadecimal digits with which the ids of its segments start."""

    host: str
    rate: int
    """Segments a second."""

    seconds: int
    lookup: str
    """`once` or `each`; see sender.py."""

    @property
    def total(self) -> int:
        """Returns how many segments it sends."""
        return self.rate * self.seconds


class Stage:
    """A cluster that contenders and senders are put on."""

    def __init__(self, api_server: ApiServer, image: str) -> None:
        """Makes a namespace for the senders.

        Args:
            api_server: The cluster; it deletes what was applied.
            image: An image with Python, which the nodes have.
        """
        self._api_server = api_server
        self._image = image
        self._core: Any = CoreV1Api(api_server.client)
        self._apps: Any = AppsV1Api(api_server.client)
        api_server.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SENDERS_NAMESPACE}}
        )

    def clear(self) -> None:
        """Removes everything that was put on the cluster."""
        self._api_server.delete_all()

    def deploy(self, contender: Contender) -> None:
        """Puts a contender on the cluster and waits until it is ready."""
        for manifest in contender.manifests:
            self._api_server.apply(manifest)
        await_pods(self._api_server, [contender.daemon_set], silent)
        time.sleep(ROUTES_SECONDS)

    def start(self, load: Load) -> None:
        """Starts a sender."""
        arguments = [load.host, str(load.rate), str(load.seconds), load.prefix, load.lookup]
        self._run(load.name, BEFORE + SENDER.read_text(encoding="utf-8"), arguments)

    def start_malformed(self, contender: Contender, count: int) -> None:
        """Starts to send datagrams that are no segments, as fast as they go out."""
        self._run("malformed", MALFORMED, [f"xray-service.{contender.namespace}", str(count)])

    def _run(self, name: str, program: str, arguments: Sequence[str]) -> None:
        container = {
            "name": "sender",
            "image": self._image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-c", program, *arguments],
        }
        spec = {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [container],
        }
        self._api_server.apply(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name, "namespace": SENDERS_NAMESPACE},
                "spec": spec,
            }
        )

    def await_end(self, load: Load) -> None:
        """Waits until a sender has sent everything.

        Raises:
            ToolError: It does not end.
        """

        def phase() -> str:
            return self._core.read_namespaced_pod(load.name, SENDERS_NAMESPACE).status.phase

        patience = load.seconds * 2 + 60
        ended = Retrying(
            retry=retry_if_result(lambda seen: seen in ("Pending", "Running")),
            stop=stop_after_delay(patience),
            wait=wait_fixed(0.5),
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else "",
        )(phase)
        if ended != "Succeeded":
            raise ToolError(f"{load.name} was {ended} after {patience} seconds.")

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
        await_pods(self._api_server, [contender.daemon_set], silent)

    def kill(self, contender: Contender) -> None:
        """Kills the pods of a contender: SIGKILL, without a moment to finish."""
        for pod in self._pods(contender.daemon_set):
            self._core.delete_namespaced_pod(
                pod.metadata.name, pod.metadata.namespace, grace_period_seconds=0
            )

    def memory(self, contender: Contender) -> dict[str, int]:
        """Returns the working set of each container, in bytes, as the kubelet counts it."""
        found: dict[str, int] = {}
        for pod in self._pods(contender.daemon_set):
            if pod.spec.node_name is None:
                continue
            summary = self._core.connect_get_node_proxy_with_path(
                pod.spec.node_name, "stats/summary", _preload_content=False
            ).json()
            for each in summary["pods"]:
                if each["podRef"]["name"] == pod.metadata.name:
                    for container in each["containers"]:
                        name = container["name"]
                        bytes_used = container["memory"].get("workingSetBytes", 0)
                        found[name] = max(found.get(name, 0), bytes_used)
        return found

    def restarts(self, contender: Contender) -> int:
        """Returns how often containers of a contender were started again."""
        return sum(
            container.restart_count
            for pod in self._pods(contender.daemon_set)
            for container in pod.status.container_statuses or []
        )

    def _pods(self, workload: Manifest) -> Sequence[Any]:
        return self._api_server.pods_of(workload)
