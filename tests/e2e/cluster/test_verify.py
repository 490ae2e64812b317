"""`make verify` against a cluster on which one thing at a time is broken on purpose."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cluster.faults import NAMESPACE, no_daemon, no_policy, no_way_out, wrong_region
from tests.e2e.rehearsal.rehearsals import PROJECT, Running, copy_of_project
from tools.lab.cluster import ApiServer
from tools.verify.evidence import sample_image

pytestmark = pytest.mark.cluster


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
