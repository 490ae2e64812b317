"""`make verify` against a cluster on which one thing at a time is broken on purpose."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from kubernetes import client

from tests.e2e.rehearsal.rehearsals import PROJECT, Running, copy_of_project
from tools.lab.cluster import ApiServer
from tools.rehearsal.on_cluster.overlay import CONFIGURATION_FILE, CONFIGURATION_NAME
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS
from tools.rehearsal.on_cluster.waiting import readiness
from tools.verify.evidence import sample_image

pytestmark = pytest.mark.cluster

NAMESPACE: Final = "xray"
DAEMON: Final = "xray-daemon"

SETTLE_SECONDS: Final = 90
"""How long a changed DaemonSet may take until all its pods are new and ready."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, with_daemon: list[str]) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp("verify"))
    rehearsal = Running(folder, "dev", 20, with_daemon)
    yield rehearsal
    rehearsal.end()


def verify(running: Running, kubeconfig: str, *more: str, timeout: int = 12) -> tuple[int, str]:
    """Returns the exit status and what was printed."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    printed = {name: running.printed(rf"export {name}=(\S+)") for name in names}
    endpoint = running.printed(r"export AWS_ENDPOINT_URL=(\S+)")
    options = ["--kubeconfig", kubeconfig, "--endpoint-url", endpoint, "--timeout", str(timeout)]
    ended = subprocess.run(
        [sys.executable, "-m", "tools", "verify", *options, *more],
        cwd=PROJECT,
        env={**os.environ, **printed, "COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def patch_daemon(core: Any, template: dict[str, Any], wanted: int = 1) -> None:
    """Changes the DaemonSet; waits until it has that many pods, and all are new and ready."""
    apps: Any = client.AppsV1Api(core.api_client)
    apps.patch_namespaced_daemon_set(DAEMON, NAMESPACE, {"spec": {"template": template}})
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        state = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE)
        pods = state.status.current_number_scheduled + state.status.number_misscheduled
        as_sent = {**apps.api_client.sanitize_for_serialization(state), "kind": "DaemonSet"}
        if pods == wanted == readiness(as_sent)[0]:
            break
        assert time.monotonic() < deadline, f"the daemon did not settle: {state.status}"
        time.sleep(0.5)
    time.sleep(ROUTES_SECONDS)


@contextmanager
def no_daemon(running: Running, core: Any) -> Generator[None]:
    patch_daemon(core, {"spec": {"nodeSelector": {"nowhere": "true"}}}, wanted=0)
    yield
    patch_daemon(core, {"spec": {"nodeSelector": {"nowhere": None}}})


@contextmanager
def no_policy(running: Running, core: Any) -> Generator[None]:
    iam = running.client("iam")
    (policy,) = iam.list_policies(Scope="Local")["Policies"]
    (role,) = iam.list_entities_for_policy(PolicyArn=policy["Arn"])["PolicyRoles"]
    iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])
    yield
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=policy["Arn"])


@contextmanager
def no_way_out(running: Running, core: Any) -> Generator[None]:
    before = core.read_namespaced_config_map(CONFIGURATION_NAME, NAMESPACE).data
    closed = {CONFIGURATION_FILE: "Version: 2\nEndpoint: http://192.0.2.1:9\n"}
    for number, data in enumerate((closed, before)):
        core.patch_namespaced_config_map(CONFIGURATION_NAME, NAMESPACE, {"data": data})
        patch_daemon(core, {"metadata": {"annotations": {"test": str(number)}}})
        if data is closed:
            yield


@contextmanager
def wrong_region(running: Running, core: Any) -> Generator[None]:
    apps: Any = client.AppsV1Api(core.api_client)
    daemon = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE).spec.template.spec.containers[0]
    elsewhere = ["us-west-2" if each == "eu-west-1" else each for each in daemon.args]
    patch_daemon(core, {"spec": {"containers": [{"name": daemon.name, "args": elsewhere}]}})
    yield
    patch_daemon(core, {"spec": {"containers": [{"name": daemon.name, "args": daemon.args}]}})


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (no_daemon, "there is no daemon on the node"),
        (no_policy, "the daemon has no right to write traces"),
        (no_way_out, "the daemon finds no way out to AWS"),
        (wrong_region, "wrong region: the daemon sends to us-west-2"),
    ],
)
def test_each_fault_is_named(
    running: Running,
    core: Any,
    kubeconfig: str,
    broken: Callable[[Running, Any], AbstractContextManager[None]],
    sentence: str,
) -> None:
    with broken(running, core):
        status, said = verify(running, kubeconfig)
    assert sentence in said
    assert status == 1


def test_a_name_that_does_not_resolve_is_told(running: Running, kubeconfig: str) -> None:
    image = str(sample_image(ApiServer(Path(kubeconfig)), NAMESPACE))
    elsewhere = ("--namespace", "nowhere", "--from-namespace", NAMESPACE, "--image", image)
    status, said = verify(running, kubeconfig, *elsewhere)
    assert "the name xray-service.nowhere does not resolve there" in said
    assert status == 1


def test_once_mended_traces_arrive_and_no_probe_is_left(
    running: Running, core: Any, kubeconfig: str
) -> None:
    status, said = verify(running, kubeconfig, timeout=40)
    nodes = len(core.list_node().items)
    left = core.list_namespaced_pod(NAMESPACE, label_selector="xray-on-kubernetes/verify").items
    assert f"{nodes} of {nodes} nodes' traces arrived." in said
    assert status == 0
    assert [pod for pod in left if pod.metadata.deletion_timestamp is None] == []
