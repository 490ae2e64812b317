"""Puts contenders and senders on a cluster."""

import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.agent.service import address
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


@dataclass(frozen=True)
class Stage:
    """A cluster that contenders and senders are put on; the image has Python."""

    api_server: ApiServer
    image: str

    def deploy(self, contender: Contender) -> None:
        """Puts a contender on the cluster and waits until it is ready."""
        senders = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        for manifest in (senders, *contender.manifests):
            self.api_server.apply(manifest)
        await_pods(self.api_server, [contender.daemon_set])
        time.sleep(ROUTES_SECONDS)

    def start(self, load: Load) -> None:
        """Starts a sender."""
        to = address(load.contender.namespace)
        arguments = [to, str(RATE), str(load.seconds), load.prefix, load.lookup]
        container = {
            "name": "sender",
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-c", DELAY + SENDER.read_text("utf-8"), *arguments],
        }
        spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0}
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": spec | {"containers": [container]}}
        self.api_server.apply(pod | {"metadata": {"name": load.name, "namespace": NAMESPACE}})

    def await_end(self, load: Load) -> None:
        """Waits until a sender has sent everything, or raises a ToolError."""
        patience = load.seconds * 2 + 60
        until, phase = time.monotonic() + patience, "Pending"
        while phase in ("Pending", "Running") and time.monotonic() < until:
            time.sleep(0.5)
            phase = self.api_server.core.read_namespaced_pod(load.name, NAMESPACE).status.phase
        if phase != "Succeeded":
            raise ToolError(f"{load.name} was {phase} after {patience} seconds.")

    def roll_out(self, contender: Contender) -> None:
        """Replaces every pod of a contender, as a new version would; does not wait for it."""
        daemon_set = deepcopy(contender.daemon_set)
        metadata = daemon_set["spec"]["template"]["metadata"]
        metadata.setdefault("annotations", {})["bench/restarted-at"] = str(time.time())
        self.api_server.apply(daemon_set)
