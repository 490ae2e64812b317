"""The canary on a cluster: each cause that is made on purpose reaches its alarm.

CloudWatch is moto's, which keeps metrics and evaluates no alarm: `tests.support.alarms` does.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import pytest
from kubernetes import client

from components.agent.service import SERVICE_NAME
from components.canary.trace_canary import CANARY_NAME
from tests.e2e.cluster.faults import (
    DAEMON,
    NAMESPACE,
    no_canary,
    no_daemon,
    no_ingress,
    no_name,
    no_policy,
    no_way_out,
    patch_daemon,
    wrong_region,
)
from tests.e2e.cluster.sender import sender_pod
from tests.e2e.cluster.x_ray_front import SEGMENTS, Front, x_ray_front
from tests.e2e.rehearsal.rehearsals import Running, copy_of_project
from tests.support.alarms import ringing
from tools.lab.cluster import ApiServer

pytestmark = pytest.mark.cluster

STACK: Final = """config:
  aws:region: eu-west-1
  xray-on-kubernetes:agent: both
  xray-on-kubernetes:traceCanary: true
"""

RING_SECONDS: Final = 180

EVERY_SECONDS: Final = 45
"""From one rollout or restart to the next."""

FULL_SECONDS: Final = 50
"""Until 1,000 spans/s fill a collector's queue of 768 batches of 50, which nobody takes."""

OTHERS: Final = pytest.mark.hours
"""What `verify` names apart, while another cause here has the same alarm."""


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


@pytest.fixture(scope="module")
def front(running: Running, core: Any) -> Iterator[Front]:
    with x_ray_front(running, core) as started:
        yield started


@pytest.fixture(scope="module")
def now_ringing(running: Running, apps: Any) -> Callable[[], set[str]]:
    """Returns what rings."""
    template = apps.read_namespaced_daemon_set(CANARY_NAME, NAMESPACE).spec.template
    variables = {each.name: each.value for each in template.spec.containers[0].env}
    cloudwatch = running.client("cloudwatch")
    return lambda: ringing(cloudwatch, variables["CLUSTER_NAME"])


def await_alarms(ringing: Callable[[], set[str]], right: Callable[[set[str]], bool]) -> None:
    deadline = time.monotonic() + RING_SECONDS
    while not right(rung := ringing()):
        assert time.monotonic() < deadline, f"after {RING_SECONDS} s there ring: {rung}"
        time.sleep(2)


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


@pytest.mark.parametrize("minutes", [2, pytest.param(60, marks=pytest.mark.hours)])
def test_rollouts_and_restarts_raise_no_alarm(
    minutes: int, core: Any, apps: Any, now_ringing: Callable[[], set[str]]
) -> None:
    def roll(name: str) -> None:
        again = {"metadata": {"annotations": {"test": datetime.now(UTC).isoformat()}}}
        if name == DAEMON:
            patch_daemon(core, again, len(core.list_node().items))
        else:
            apps.patch_namespaced_daemon_set(name, NAMESPACE, {"spec": {"template": again}})

    def restart(namespace: str, label: str) -> None:
        core.delete_collection_namespaced_pod(namespace, label_selector=label)

    changes: list[Callable[[], None]] = [
        lambda: roll(CANARY_NAME),
        lambda: roll(DAEMON),
        lambda: restart(NAMESPACE, f"app.kubernetes.io/name={CANARY_NAME}"),
        lambda: restart(NAMESPACE, f"app.kubernetes.io/name={DAEMON}"),
        # The cluster's DNS (Kubernetes, Debugging DNS Resolution).
        lambda: restart("kube-system", "k8s-app=kube-dns"),
    ]
    await_alarms(now_ringing, lambda rung: not rung)
    end = time.monotonic() + 60 * minutes
    for change in cycle(changes):
        change()
        until = time.monotonic() + EVERY_SECONDS
        while time.monotonic() < until:
            assert now_ringing() == set()
            time.sleep(5)
        if time.monotonic() > end:
            return


@pytest.mark.parametrize(
    ("broken", "cause"),
    [
        (no_canary, "silent"),
        (no_daemon, "unreachable"),
        (no_name, "unresolved"),
        pytest.param(no_ingress, "unreachable", marks=OTHERS),
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
    await_alarms(now_ringing, lambda rung: cause not in rung)
    with broken(running, core):
        await_alarms(now_ringing, lambda rung: cause in rung)


@pytest.fixture
def answering(front: Front) -> Iterator[Front]:
    yield front
    front.answers, front.late = {}, 0


def test_traces_that_take_long_reach_their_alarm(
    answering: Front, now_ringing: Callable[[], set[str]]
) -> None:
    answering.late = 12
    await_alarms(now_ringing, lambda rung: "late" in rung)


# Their names: botocore, model of the X-Ray API; Signature Version 4, troubleshooting; AWS general
# reference, common errors.
@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (429, "ThrottledException", "throttled"),
        pytest.param(403, "InvalidSignatureException", "denied", marks=OTHERS),
        pytest.param(403, "UnrecognizedClientException", "denied", marks=OTHERS),
        pytest.param(403, "AccessDeniedException", "denied", marks=OTHERS),
        pytest.param(403, "", "denied", marks=OTHERS),
        pytest.param(503, "ServiceUnavailable", "no-way-out", marks=OTHERS),
        pytest.param(400, "InvalidRequestException", "lost", marks=OTHERS),
    ],
)
def test_each_refusal_reaches_its_alarm_within_three_minutes(
    answering: Front, now_ringing: Callable[[], set[str]], status: int, kind: str, cause: str
) -> None:
    await_alarms(now_ringing, lambda rung: cause not in rung)
    everything = SEGMENTS, "/GetSamplingRules"
    refused = [SEGMENTS] if cause == "lost" else everything
    answering.answers = dict.fromkeys(refused, (status, json.dumps({"__type": kind})))
    await_alarms(now_ringing, lambda rung: cause in rung)


def test_a_collector_that_fills_up_and_drops_reaches_both_alarms(
    front: Front, kubeconfig: str, apps: Any, now_ringing: Callable[[], set[str]]
) -> None:
    api_server, namespace = ApiServer(Path(kubeconfig)), "xray-load"
    template = apps.read_namespaced_daemon_set(CANARY_NAME, NAMESPACE).spec.template
    image, metadata = template.spec.containers[0].image, {"name": namespace}
    front.late = 30
    try:
        api_server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        much = 1000, FULL_SECONDS + RING_SECONDS, time.time(), "d0d4"
        api_server.apply(sender_pod(namespace, image, "http", f"{SERVICE_NAME}.{NAMESPACE}", *much))
        time.sleep(FULL_SECONDS)
        await_alarms(now_ringing, lambda rung: {"queue", "dropped"} <= rung)
    finally:
        api_server.delete_all()
        # What waits goes nowhere.
        front.answers, front.late = {SEGMENTS: (200, '{"UnprocessedTraceSegments": []}')}, 0
