"""The canary on a cluster: each cause that is made on purpose reaches its alarm.

CloudWatch is moto's, which keeps metrics and evaluates no alarm: `tests.support.alarms` does.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from kubernetes import client

from tests.e2e.cluster.faults import (
    NAMESPACE,
    no_daemon,
    no_name,
    no_policy,
    no_way_out,
    patch_daemon,
    wrong_region,
)
from tests.e2e.rehearsal.rehearsals import Running, copy_of_project
from tests.support.alarms import ringing

pytestmark = pytest.mark.cluster

CANARY: Final = "xray-canary"
STACK: Final = """config:
  aws:region: eu-west-1
  xray-on-kubernetes:agent: both
  xray-on-kubernetes:traceCanary: true
"""

RING_SECONDS: Final = 180


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, with_both: list[str]) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp("canary"))
    (folder / "Pulumi.canary.yaml").write_text(STACK, encoding="utf-8")
    rehearsal = Running(folder, "canary", 20, with_both)
    yield rehearsal
    rehearsal.end()


@pytest.fixture(scope="module")
def apps(core: Any) -> Any:
    return client.AppsV1Api(core.api_client)


@pytest.fixture
def now_ringing(running: Running, apps: Any) -> Callable[[], set[str]]:
    """Returns what rings; in the first minutes there was no word yet from anybody."""
    template = apps.read_namespaced_daemon_set(CANARY, NAMESPACE).spec.template
    variables = {each.name: each.value for each in template.spec.containers[0].env}
    cloudwatch = running.client("cloudwatch")
    return lambda: ringing(cloudwatch, variables["CLUSTER_NAME"]) - {"silent"}


def test_every_node_has_a_canary_whose_traces_arrive_by_each_port(
    running: Running, core: Any
) -> None:
    nodes = {each.metadata.name for each in core.list_node().items}
    deadline, heard = time.monotonic() + 60, Counter[str]()
    while {node for node, traces in heard.items() if traces >= 3} != nodes:
        assert time.monotonic() < deadline, f"3 traces from each of {nodes} are missing: {heard}"
        time.sleep(2)
        canaries = [each for each in running.documents() if each["name"] == CANARY]
        heard = Counter(each["annotations"]["node"] for each in canaries)


def test_rollouts_and_restarts_raise_no_alarm(
    core: Any, apps: Any, now_ringing: Callable[[], set[str]]
) -> None:
    for _ in range(2):
        again = {"metadata": {"annotations": {"test": datetime.now(UTC).isoformat()}}}
        apps.patch_namespaced_daemon_set(CANARY, NAMESPACE, {"spec": {"template": again}})
        patch_daemon(core, again, len(core.list_node().items))
        for _ in range(6):
            assert now_ringing() == set()
            time.sleep(5)


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (no_daemon, "unreachable"),
        (no_name, "unresolved"),
        (no_policy, "denied"),
        (no_way_out, "no-way-out"),
        (wrong_region, "lost"),
    ],
)
def test_each_cause_reaches_its_alarm_within_three_minutes(
    running: Running,
    core: Any,
    now_ringing: Callable[[], set[str]],
    broken: Callable[[Running, Any], AbstractContextManager[None]],
    cause: str,
) -> None:
    with broken(running, core):
        deadline, rung = time.monotonic() + RING_SECONDS, set[str]()
        while cause not in rung:
            assert time.monotonic() < deadline, f"{cause} does not ring: {rung}"
            time.sleep(2)
            rung = now_ringing()
