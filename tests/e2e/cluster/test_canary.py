"""The canary on a cluster where all is well: its traces arrive, and no rollout rings an alarm."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, Final

import pytest
from kubernetes import client

from components.agent.service import AGENT_NAME
from components.canary.trace_canary import CANARY_NAME
from tests.e2e.rehearsal.rehearsals import Options, Running, copy_of_project
from tests.support.alarms import ringing

pytestmark = pytest.mark.cluster

STACK: Final = """config:
  aws:region: eu-west-1
  xray-on-kubernetes:agent: both
  xray-on-kubernetes:traceCanary: true
"""
NAMESPACE: Final = "xray"

EVERY_SECONDS: Final = 45
"""From one rollout or restart to the next."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, options: Options) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp("canary"))
    (folder / "Pulumi.canary.yaml").write_text(STACK, encoding="utf-8")
    rehearsal = Running(folder, "canary", 20, options("both"))
    yield rehearsal
    rehearsal.end()


def test_every_node_has_a_canary_whose_traces_arrive_by_each_port(
    running: Running, core: Any
) -> None:
    nodes = {each.metadata.name for each in core.list_node().items}
    deadline, heard = time.monotonic() + 60, Counter[str]()
    while {node for node, traces in heard.items() if traces >= 3} != nodes:
        assert time.monotonic() < deadline, f"3 traces from each of {nodes} are missing: {heard}"
        time.sleep(2)
        canaries = [each for each in running.documents() if each["name"] == CANARY_NAME]
        heard = Counter(each["annotations"]["node"] for each in canaries)


@pytest.mark.hours
def test_an_hour_of_rollouts_and_restarts_raises_no_alarm(running: Running, core: Any) -> None:
    apps: Any = client.AppsV1Api(core.api_client)

    def roll(name: str) -> None:
        again = {"metadata": {"annotations": {"test": datetime.now(UTC).isoformat()}}}
        apps.patch_namespaced_daemon_set(name, NAMESPACE, {"spec": {"template": again}})

    def restart(namespace: str, label: str) -> None:
        pods = core.list_namespaced_pod(namespace, label_selector=label).items
        assert pods, f"no pod of {namespace} has {label}"
        core.delete_collection_namespaced_pod(namespace, label_selector=label)

    changes: list[Callable[[], None]] = [
        lambda: roll(CANARY_NAME),
        lambda: roll(AGENT_NAME),
        lambda: restart(NAMESPACE, f"app.kubernetes.io/name={CANARY_NAME}"),
        lambda: restart(NAMESPACE, f"app.kubernetes.io/name={AGENT_NAME}"),
        # The cluster's DNS (Kubernetes, Debugging DNS Resolution).
        lambda: restart("kube-system", "k8s-app=kube-dns"),
    ]
    template = apps.read_namespaced_daemon_set(CANARY_NAME, NAMESPACE).spec.template
    variables = {each.name: each.value for each in template.spec.containers[0].env}
    cloudwatch, cluster = running.client("cloudwatch"), variables["CLUSTER_NAME"]
    # The minutes before the canaries, which the alarm's warm-up leaves out.
    deadline = time.monotonic() + 180
    while ringing(cloudwatch, cluster) and time.monotonic() < deadline:
        time.sleep(5)
    end = time.monotonic() + 3600
    for change in cycle(changes):
        change()
        until = time.monotonic() + EVERY_SECONDS
        while time.monotonic() < until:
            assert ringing(cloudwatch, cluster) == set()
            time.sleep(5)
        if time.monotonic() > end:
            return
