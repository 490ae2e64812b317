"""Each stack on a real cluster: requests in at Service-A's pods, traces out at X-Ray's API."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.e2e.rehearsal.rehearsals import PROJECT, Options, Running, copy_of_project

pytestmark = pytest.mark.cluster

REQUESTS: Final = 200
PART_OF: Final = "app.kubernetes.io/part-of=xray-on-kubernetes"
NAMESPACES: Final[Mapping[str, str]] = {
    **{"dev": "xray", "article": "default", "collector": "xray", "both": "xray"}
}


@pytest.fixture(scope="module", params=NAMESPACES)
def running(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    options: Options,
) -> Iterator[Running]:
    agent = request.param if request.param in ("collector", "both") else "daemon"
    folder = copy_of_project(tmp_path_factory.mktemp(request.param))
    mixed = (folder / "Pulumi.collector.yaml").read_text("utf-8")
    both = mixed.replace("agent: collector", "agent: both")
    (folder / "Pulumi.both.yaml").write_text(both, encoding="utf-8")
    rehearsal = Running(folder, request.param, REQUESTS, options(agent))
    yield rehearsal
    if rehearsal.process.poll() is None:
        rehearsal.end()


@pytest.fixture
def namespace(running: Running) -> str:
    return NAMESPACES[running.stack]


def pods(core: Any, namespace: str) -> list[Any]:
    return core.list_namespaced_pod(namespace, label_selector=PART_OF).items


def verify(running: Running, kubeconfig: str, namespace: str) -> tuple[int, str]:
    """Returns the exit status and what was printed."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    printed = {name: running.printed(rf"export {name}=(\S+)") for name in names}
    endpoint = running.printed(r"export AWS_ENDPOINT_URL=(\S+)")
    options = ["--kubeconfig", kubeconfig, "--endpoint-url", endpoint, "--timeout", "40"]
    ended = subprocess.run(
        [sys.executable, "-m", "tools", "verify", *options, "--namespace", namespace],
        cwd=PROJECT,
        env={**os.environ, **printed, "COLUMNS": "500"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_every_request_is_one_trace_made_by_pods(
    running: Running, core: Any, namespace: str
) -> None:
    documents = running.segments()
    names = Counter(each["name"] for each in documents)
    assert names == {"service-a": REQUESTS, "service-b": REQUESTS}
    assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output
    # On the map: the client's to Service-A, and its own to Service-B.
    assert running.output.count(f"{REQUESTS} requests · ") == 2
    nodes = {pod.metadata.name: pod.spec.node_name for pod in pods(core, namespace)}
    assert len({each["aws"]["eks"]["pod"] for each in documents}) == 4
    for each in documents:
        assert each["annotations"]["node"] == nodes[each["aws"]["eks"]["pod"]]


def test_every_pod_is_ready_and_none_was_restarted(
    running: Running, core: Any, namespace: str
) -> None:
    found = pods(core, namespace)
    assert len(found) == 4 + len(core.list_node().items)
    for pod in found:
        assert all(container.ready for container in pod.status.container_statuses)
        assert {container.restart_count for container in pod.status.container_statuses} == {0}
    if namespace != "default":
        labels = core.read_namespace(namespace).metadata.labels
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_traces_of_each_node_are_verified_and_no_probe_is_left(
    running: Running, core: Any, namespace: str, kubeconfig: str
) -> None:
    status, said = verify(running, kubeconfig, namespace)
    nodes = len(core.list_node().items)
    assert f"{nodes} of {nodes} nodes' traces arrived." in said
    assert status == 0
    left = core.list_namespaced_pod(namespace, label_selector="xray-on-kubernetes/verify").items
    assert [pod for pod in left if pod.metadata.deletion_timestamp is None] == []


def test_ctrl_c_deletes_all_objects(running: Running, core: Any, namespace: str) -> None:
    assert running.end() == 0
    if namespace == "default":
        assert pods(core, namespace) == []
        assert core.list_namespaced_service(namespace, label_selector=PART_OF).items == []
    else:
        assert namespace not in {each.metadata.name for each in core.list_namespace().items}
