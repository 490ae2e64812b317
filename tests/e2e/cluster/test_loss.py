"""Nothing is lost on a cluster, and nothing doubled, while the agent changes; segments stay theirs.

`daemon` → `both` → `collector` → `both` → `daemon`, under 500 segments/s by UDP and, while there is
a collector, 500 spans/s by OTLP.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.cluster.places import images
from tests.e2e.cluster.sender import segment, sender_pod
from tests.e2e.cluster.x_ray_front import Front
from tests.support.program import declare
from tools.lab.cluster import ApiServer
from tools.lab.deployment import Manifest
from tools.rehearsal.aws.cloud import AwsCredentials
from tools.rehearsal.on_cluster.overlay import Overlay
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS, address_towards
from tools.rehearsal.on_cluster.waiting import await_pods

pytestmark = pytest.mark.cluster

HOST: Final = "xray-service.xray"
NAMESPACE: Final = "xray-loss"
RATES: Final[Mapping[str, int]] = {"udp": 500, "http": 250, "grpc": 250}
SECONDS: Final[Mapping[str, int]] = {"udp": 320, "http": 130, "grpc": 130}
"""How long each is sent: longer than the changes take."""

DELAY_SECONDS: Final = 10
"""Until a sender begins: what enforces NetworkPolicies knows a new pod only after a moment."""

SETTLED_SECONDS: Final = 12
"""How long one agent is alone after a change, its predecessor gone, and may be compared; and how
long the last may take to X-Ray."""


def agent(kind: str, api: Front) -> tuple[list[Manifest], str]:
    """Returns an agent as it goes to the cluster, and the image of sample services."""
    overlay = Overlay(f"http://{api.at}", AwsCredentials("loss", "loss"), images(kind))
    laid = overlay.apply(declare("dev", agent=kind).objects())
    service = next(each for each in laid if each["kind"] == "Deployment")
    image = service["spec"]["template"]["spec"]["containers"][0]["image"]
    return [each for each in laid if each["metadata"]["name"].startswith("xray")], image


def send(api_server: ApiServer, image: str, kinds: Mapping[str, str]) -> float:
    """Starts senders, by their prefixes; returns when they begin."""
    begin = time.time() + DELAY_SECONDS
    for kind, prefix in kinds.items():
        arguments = HOST, RATES[kind], SECONDS[kind], begin, prefix
        api_server.apply(sender_pod(NAMESPACE, image, kind, *arguments))
    return begin


def await_end(api_server: ApiServer, kinds: Sequence[str]) -> None:
    for kind in kinds:
        phase, until = "", time.monotonic() + SECONDS[kind] + 60
        while phase not in ("Succeeded", "Failed") and time.monotonic() < until:
            time.sleep(0.5)
            phase = api_server.core.read_namespaced_pod(kind, NAMESPACE).status.phase
        assert phase == "Succeeded", kind


def test_changes_of_the_agent_lose_nothing_and_change_no_segment(kubeconfig: str) -> None:
    api_server = ApiServer(Path(kubeconfig))
    prefixes = {"udp": "d0a1", "http": "d0b2", "grpc": "d0c3"}
    with Front(address_towards(api_server)) as api:
        agents = {kind: agent(kind, api) for kind in ("daemon", "both", "collector")}
        alone: list[tuple[str, float, float]] = []

        def change(stack: str) -> None:
            manifests, _ = agents[stack]
            for manifest in manifests:
                api_server.apply(manifest)
            await_pods(api_server, [each for each in manifests if each["kind"] == "DaemonSet"])
            time.sleep(ROUTES_SECONDS + SETTLED_SECONDS)
            alone.append((stack, time.time(), time.time() + SETTLED_SECONDS))
            time.sleep(SETTLED_SECONDS)

        image = agents["daemon"][1]
        try:
            api_server.apply(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
            )
            change("daemon")
            begin = send(api_server, image, {"udp": prefixes["udp"]})
            time.sleep(DELAY_SECONDS + SETTLED_SECONDS)
            alone = [("daemon", begin, time.time())]
            change("both")
            spans = {kind: prefixes[kind] for kind in ("http", "grpc")}
            spans_end = send(api_server, image, spans) + SECONDS["http"]
            change("collector")
            change("both")
            assert time.time() < spans_end, "longer SECONDS: the changes took longer than the spans"
            await_end(api_server, [*spans])
            time.sleep(SETTLED_SECONDS)
            change("daemon")
            assert time.time() < begin + SECONDS["udp"], "longer SECONDS of segments"
            await_end(api_server, ["udp"])
            time.sleep(SETTLED_SECONDS)
        finally:
            api_server.delete_all()

    sent = {kind: range(RATES[kind] * SECONDS[kind]) for kind in RATES}
    arrived = {
        kind: [len(api.arrived[f"{prefix}{number:012x}"]) for number in sent[kind]]
        for kind, prefix in prefixes.items()
    }
    lost = {kind: counts.count(0) for kind, counts in arrived.items()}
    doubled = {kind: sum(each > 1 for each in counts) for kind, counts in arrived.items()}
    print(f"{[*map(len, sent.values())]} sent: lost {lost}, doubled {doubled}")
    assert sum(lost.values()) == sum(doubled.values()) == 0

    as_sent = {stack: [0, 0] for stack in agents}
    for number in sent["udp"]:
        at = begin + number / RATES["udp"]
        for stack, since, until in alone:
            if since <= at < until:
                document = segment(prefixes["udp"], number, at)
                same = api.arrived[f"{prefixes['udp']}{number:012x}"] == [document]
                as_sent[stack][same] += 1
    print(f"by each agent, changed and byte for byte as sent: {as_sent}")
    assert as_sent["daemon"][0] == as_sent["both"][0] == 0
    assert min(as_sent["daemon"][1], as_sent["both"][1], as_sent["collector"][0]) > 1000
