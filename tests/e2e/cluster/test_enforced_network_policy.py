"""Who reaches the daemon, and what it reaches, on a cluster that enforces NetworkPolicies."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import yaml
from kubernetes import client
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tests.e2e.rehearsal.rehearsals import copy_of_project
from tests.e2e.rehearsal.running import Running

pytestmark = pytest.mark.cluster

FRIENDS: Final = "xray-test-friends"
STRANGERS: Final = "xray-test-strangers"

ENFORCED_SECONDS: Final = 5
"""How long a network plug-in may take to know of a new pod or policy."""

LIKE_THE_DAEMON: Final = {"test": "like-the-daemon"}
"""Labels of a pod under the daemon's rules; one with the daemon's own labels would be the
DaemonSet's, which deletes what is too many."""

ATTEMPTS: Final = """
import json, socket, sys, time
time.sleep(float(sys.argv[1]))
came = {}
for target in sys.argv[2:]:
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
        came[target] = True
    except OSError:
        came[target] = False
with open("/dev/termination-log", "w") as log:
    json.dump(came, log)
"""

SERVER: Final = """
import socket, sys, threading
def serve(port):
    listening = socket.create_server(("", port))
    while True:
        listening.accept()[0].close()
for port in sys.argv[1:]:
    threading.Thread(target=serve, args=[int(port)]).start()
"""

HTTPS: Final = 443
OTHER: Final = 8443
DNS: Final = 53


class Pods:
    """Pods of the test's own, with Python."""

    def __init__(self, core: Any, image: str) -> None:
        self._core = core
        self._image = image

    def start(self, namespace: str, name: str, labels: Mapping[str, str], *command: str) -> None:
        # Below 1024 without root: the kernel's limit can be lowered within a pod.
        sysctls = [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
        container = {
            "name": "test",
            "image": self._image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["python", "-c", *command],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        spec = {
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65534,
                "seccompProfile": {"type": "RuntimeDefault"},
                "sysctls": sysctls,
            },
            "containers": [container],
        }
        metadata = {"name": name, "labels": dict(labels)}
        self._core.create_namespaced_pod(namespace, {"metadata": metadata, "spec": spec})

    def await_phase(self, namespace: str, name: str, *phases: str) -> Any:
        def read() -> Any:
            return self._core.read_namespaced_pod(name, namespace)

        return Retrying(
            retry=retry_if_result(lambda pod: pod.status.phase not in phases),
            stop=stop_after_delay(60),
            wait=wait_fixed(0.5),
        )(read)

    def reached(self, namespace: str, labels: Mapping[str, str], *targets: str) -> dict[str, bool]:
        """Returns which TCP targets a new pod reaches."""
        name = f"attempt-{time.monotonic_ns()}"
        self.start(namespace, name, labels, ATTEMPTS, str(ENFORCED_SECONDS), *targets)
        pod = self.await_phase(namespace, name, "Succeeded", "Failed")
        self._core.delete_namespaced_pod(name, namespace, grace_period_seconds=0)
        return json.loads(pod.status.container_statuses[0].state.terminated.message)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, images: list[str]) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp("policy"))
    dev = yaml.safe_load((folder / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    dev["config"]["xray-on-kubernetes:ingressNamespaces"] = ["xray", FRIENDS]
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(dev), encoding="utf-8")
    rehearsal = Running(folder, "dev", 20, images)
    yield rehearsal
    rehearsal.end()


@pytest.fixture(scope="module")
def pods(running: Running, core: Any) -> Iterator[Pods]:
    found = core.list_namespaced_pod("xray", label_selector="app.kubernetes.io/name=service-a")
    for name in (FRIENDS, STRANGERS):
        core.create_namespace({"metadata": {"name": name}})
    made = Pods(core, found.items[0].spec.containers[0].image)
    yield made
    for name in (FRIENDS, STRANGERS):
        core.delete_namespace(name)


@pytest.fixture(scope="module")
def server(pods: Pods) -> str:
    """Returns the address of a pod that listens where the daemon may and may not connect."""
    pods.start(STRANGERS, "server", {}, SERVER, str(HTTPS), str(OTHER))
    return pods.await_phase(STRANGERS, "server", "Running").status.pod_ip


@pytest.fixture(scope="module")
def daemon(pods: Pods, core: Any) -> str:
    """Returns the address of a daemon's pod, on a cluster that enforces policies."""
    (found, *_) = core.list_namespaced_pod(
        "xray", label_selector="app.kubernetes.io/name=xray-daemon"
    ).items
    address = found.status.pod_ip
    if pods.reached(STRANGERS, {}, f"{address}:2001")[f"{address}:2001"]:
        pytest.skip("this cluster enforces no NetworkPolicies")
    return address


def test_pods_of_the_chosen_namespaces_reach_the_signing_proxy_and_no_other_port(
    pods: Pods, daemon: str
) -> None:
    assert pods.reached(FRIENDS, {}, f"{daemon}:2000", f"{daemon}:2001") == {
        f"{daemon}:2000": True,
        f"{daemon}:2001": False,
    }


def test_pods_of_other_namespaces_reach_nothing_of_the_daemon(pods: Pods, daemon: str) -> None:
    targets = (f"{daemon}:2000", f"{daemon}:2001", "xray-service.xray:2000")
    assert pods.reached(STRANGERS, {}, *targets) == dict.fromkeys(targets, False)


def test_the_address_of_the_contract_is_open_to_the_chosen_namespaces(
    pods: Pods, daemon: str
) -> None:
    assert pods.reached(FRIENDS, {}, "xray-service.xray:2000") == {"xray-service.xray:2000": True}


def test_traces_of_the_daemon_s_own_namespace_arrive_under_the_policy(
    running: Running, daemon: str
) -> None:
    assert "20 traces arrived whole, 0 lost, 0 doubled" in running.output


def test_under_the_daemon_s_rules_a_pod_reaches_https_and_nothing_else(
    pods: Pods, daemon: str, server: str, core: Any
) -> None:
    networking = client.NetworkingV1Api(core.api_client)
    policy: Any = networking.read_namespaced_network_policy("xray-daemon", "xray")
    policy.metadata = {"name": "like-the-daemon"}
    policy.spec.pod_selector = {"matchLabels": LIKE_THE_DAEMON}
    networking.create_namespaced_network_policy(FRIENDS, policy)

    targets = (f"{server}:{HTTPS}", f"{server}:{OTHER}")
    assert pods.reached(FRIENDS, {}, *targets) == dict.fromkeys(targets, True)
    under_the_rules = pods.reached(FRIENDS, LIKE_THE_DAEMON, *targets)
    assert under_the_rules == {targets[0]: True, targets[1]: False}
