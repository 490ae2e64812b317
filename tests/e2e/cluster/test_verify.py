"""`make verify` against a cluster on which one thing at a time is broken on purpose."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

import pytest
from kubernetes import client
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from tests.e2e.rehearsal.rehearsals import PROJECT, copy_of_project
from tests.e2e.rehearsal.running import Running
from tools.rehearsal.on_cluster.overlay import CONFIGURATION_FILE, CONFIGURATION_NAME
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS
from tools.rehearsal.on_cluster.waiting import readiness

pytestmark = pytest.mark.cluster

NAMESPACE: Final = "xray"
DAEMON: Final = "xray-daemon"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, images: list[str]) -> Iterator[Running]:
    rehearsal = Running(copy_of_project(tmp_path_factory.mktemp("verify")), "dev", 20, images)
    yield rehearsal
    rehearsal.end()


@pytest.fixture(scope="module")
def apps(core: Any) -> Any:
    return client.AppsV1Api(core.api_client)


def verify(running: Running, kubeconfig: str, timeout: int = 12) -> tuple[int, str]:
    """Returns the exit status and what was printed."""
    printed = {
        name: running.printed(rf"export {name}=(\S+)")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    }
    endpoint = running.printed(r"export AWS_ENDPOINT_URL=(\S+)")
    options = ["--kubeconfig", kubeconfig, "--endpoint-url", endpoint, "--timeout", str(timeout)]
    ended = subprocess.run(
        [sys.executable, "-m", "tools.verify", *options],
        cwd=PROJECT,
        env={**os.environ, **printed, "COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def await_daemon(apps: Any, wanted: int) -> None:
    """Waits until the DaemonSet has that many pods, and all are new and ready."""

    def settled() -> bool:
        state = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE)
        found = readiness(
            {**apps.api_client.sanitize_for_serialization(state), "kind": "DaemonSet"}
        )
        pods = state.status.current_number_scheduled + state.status.number_misscheduled
        return pods == wanted and found.ready == wanted

    Retrying(
        retry=retry_if_result(lambda done: not done), stop=stop_after_delay(90), wait=wait_fixed(1)
    )(settled)
    time.sleep(ROUTES_SECONDS)


def patch_daemon(apps: Any, template: dict[str, Any], wanted: int) -> None:
    body = {"spec": {"template": template}}
    apps.patch_namespaced_daemon_set(DAEMON, NAMESPACE, body)
    await_daemon(apps, wanted)


def test_every_node_s_trace_arrives(running: Running, core: Any, kubeconfig: str) -> None:
    status, said = verify(running, kubeconfig)
    nodes = len(core.list_node().items)
    assert f"{nodes} of {nodes} nodes' traces arrived." in said
    assert status == 0


def test_a_node_without_a_daemon(running: Running, apps: Any, kubeconfig: str) -> None:
    selector = {"kubernetes.io/os": "linux", "nowhere": "true"}
    patch_daemon(apps, {"spec": {"nodeSelector": selector}}, wanted=0)
    status, said = verify(running, kubeconfig)
    patch_daemon(apps, {"spec": {"nodeSelector": {"nowhere": None}}}, wanted=1)
    assert "there is no daemon on the node" in said
    assert status == 1


def test_a_role_without_the_right(running: Running, apps: Any, kubeconfig: str) -> None:
    iam = running.client("iam")
    (policy,) = iam.list_policies(Scope="Local")["Policies"]
    arn = policy["Arn"]
    (role,) = iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
    status, said = verify(running, kubeconfig)
    iam.attach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
    assert "the daemon has no right to write traces" in said, said
    assert status == 1


def test_no_way_out_to_aws(running: Running, core: Any, apps: Any, kubeconfig: str) -> None:
    configuration = core.read_namespaced_config_map(CONFIGURATION_NAME, NAMESPACE).data
    closed = {CONFIGURATION_FILE: "Version: 2\nEndpoint: http://192.0.2.1:9\n"}
    core.patch_namespaced_config_map(CONFIGURATION_NAME, NAMESPACE, {"data": closed})
    patch_daemon(apps, {"metadata": {"annotations": {"test": "closed"}}}, wanted=1)
    status, said = verify(running, kubeconfig, timeout=30)
    core.patch_namespaced_config_map(CONFIGURATION_NAME, NAMESPACE, {"data": configuration})
    patch_daemon(apps, {"metadata": {"annotations": {"test": "open"}}}, wanted=1)
    assert "the daemon finds no way out to AWS" in said
    assert status == 1


def test_the_wrong_region(running: Running, apps: Any, kubeconfig: str) -> None:
    daemon = apps.read_namespaced_daemon_set(DAEMON, NAMESPACE).spec.template.spec.containers[0]
    name, arguments = daemon.name, daemon.args
    elsewhere = ["us-west-2" if each == "eu-west-1" else each for each in arguments]
    patch_daemon(apps, {"spec": {"containers": [{"name": name, "args": elsewhere}]}}, wanted=1)
    status, said = verify(running, kubeconfig)
    patch_daemon(apps, {"spec": {"containers": [{"name": name, "args": arguments}]}}, wanted=1)
    assert "wrong region: the daemon sends to us-west-2" in said
    assert status == 1


def test_with_all_mended_every_node_s_trace_arrives_again_and_no_probe_is_left(
    running: Running, core: Any, kubeconfig: str
) -> None:
    status, said = verify(running, kubeconfig, timeout=40)
    left = core.list_namespaced_pod(NAMESPACE, label_selector="xray-on-kubernetes/verify").items
    assert status == 0, said
    assert [pod for pod in left if pod.metadata.deletion_timestamp is None] == []


def test_a_name_that_does_not_resolve(running: Running, core: Any, kubeconfig: str) -> None:
    # The last one: DNS answers from its cache for a while after a name is back.
    core.delete_namespaced_service("xray-service", NAMESPACE)
    status, said = verify(running, kubeconfig)
    assert "the name xray-service.xray does not resolve there" in said
    assert status == 1
