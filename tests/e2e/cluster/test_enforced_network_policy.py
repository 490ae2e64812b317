"""Who reaches the daemon, and what it reaches, on a cluster that enforces NetworkPolicies."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from kubernetes import client

from tests.e2e.rehearsal.rehearsals import Options, Running, copy_of_project
from tools.lab.cluster import ApiServer
from tools.verify.evidence import sample_image

pytestmark = pytest.mark.cluster

FRIENDS: Final = "xray-test-friends"
STRANGERS: Final = "xray-test-strangers"

LIKE_THE_DAEMON: Final = {"test": "like-the-daemon"}
"""Labels of a pod under the daemon's rules; one with the daemon's own labels would be the
DaemonSet's, which deletes what is too many."""

ATTEMPTS: Final = """
import json, socket, sys, time
time.sleep(5)  # until a network plug-in knows of a new pod or policy
came = {}
for target in sys.argv[1:]:
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        came[target] = True
    except OSError:
        came[target] = False
with open("/dev/termination-log", "w") as log:
    json.dump(came, log)
"""


class Pods:
    """Pods of the test's own, with Python."""

    def __init__(self, core: Any, image: str) -> None:
        self._core = core
        self._image = image

    def run(
        self, namespace: str, labels: Mapping[str, str], *command: str, until: tuple[str, ...]
    ) -> Any:
        """Starts a pod and returns its status once it is in one of some phases."""
        name = f"test-{time.monotonic_ns()}"
        container = {
            "name": "test",
            "image": self._image,
            "command": ["python", *command],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        security = {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
            # Below 1024 without root: the kernel's limit can be lowered within a pod.
            "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
        }
        spec = {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "securityContext": security,
            "containers": [container],
        }
        metadata = {"name": name, "labels": dict(labels)}
        self._core.create_namespaced_pod(namespace, {"metadata": metadata, "spec": spec})
        deadline = time.monotonic() + 60
        while (status := self._core.read_namespaced_pod(name, namespace).status).phase not in until:
            assert time.monotonic() < deadline, f"{name} is {status.phase}"
            time.sleep(0.5)
        return status

    def reached(self, namespace: str, labels: Mapping[str, str], *targets: str) -> dict[str, bool]:
        """Returns which TCP targets a new pod reaches."""
        ended = ("Succeeded", "Failed")
        status = self.run(namespace, labels, "-c", ATTEMPTS, *targets, until=ended)
        return json.loads(status.container_statuses[0].state.terminated.message)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, options: Options) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp("policy"))
    dev = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    dev["config"]["xray-on-kubernetes:ingressNamespaces"] = ["xray", FRIENDS]
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(dev), encoding="utf-8")
    rehearsal = Running(folder, "dev", 20, options("daemon"))
    yield rehearsal
    rehearsal.end()


@pytest.fixture(scope="module")
def pods(running: Running, core: Any, kubeconfig: str) -> Iterator[Pods]:
    for name in (FRIENDS, STRANGERS):
        core.create_namespace({"metadata": {"name": name}})
    yield Pods(core, str(sample_image(ApiServer(Path(kubeconfig)), "xray")))
    for name in (FRIENDS, STRANGERS):
        core.delete_namespace(name)


@pytest.fixture(scope="module")
def daemon(pods: Pods, core: Any) -> str:
    """Returns the address of a daemon's pod, on a cluster that enforces policies."""
    selector = "app.kubernetes.io/name=xray-daemon"
    (found, *_) = core.list_namespaced_pod("xray", label_selector=selector).items
    address = found.status.pod_ip
    if pods.reached(STRANGERS, {}, f"{address}:2001")[f"{address}:2001"]:
        pytest.skip("this cluster enforces no NetworkPolicies")
    return address


def test_chosen_namespaces_reach_the_proxy_and_no_other_port(pods: Pods, daemon: str) -> None:
    targets = (f"{daemon}:2000", "xray-service.xray:2000", f"{daemon}:2001")
    assert pods.reached(FRIENDS, {}, *targets) == {
        targets[0]: True,
        targets[1]: True,
        targets[2]: False,
    }


def test_pods_of_other_namespaces_reach_nothing(pods: Pods, daemon: str) -> None:
    targets = (f"{daemon}:2000", f"{daemon}:2001", "xray-service.xray:2000")
    assert pods.reached(STRANGERS, {}, *targets) == dict.fromkeys(targets, False)


def test_traces_of_the_daemon_s_own_namespace_arrive(running: Running, daemon: str) -> None:
    assert "20 traces arrived whole, 0 lost, 0 doubled" in running.output


def test_under_the_daemon_s_rules_a_pod_reaches_https_alone(
    pods: Pods, daemon: str, core: Any
) -> None:
    https, other = (
        f"{pods.run(STRANGERS, {}, '-m', 'http.server', port, until=('Running',)).pod_ip}:{port}"
        for port in ("443", "8443")
    )
    networking = client.NetworkingV1Api(core.api_client)
    policy: Any = networking.read_namespaced_network_policy("xray-daemon", "xray")
    policy.metadata = {"name": "like-the-daemon"}
    policy.spec.pod_selector = {"matchLabels": LIKE_THE_DAEMON}
    networking.create_namespaced_network_policy(FRIENDS, policy)

    assert pods.reached(FRIENDS, {}, https, other) == {https: True, other: True}
    assert pods.reached(FRIENDS, LIKE_THE_DAEMON, https, other) == {https: True, other: False}
