"""Each cause of lost traces reaches its alarm within three minutes, and `make verify` names it.

All are made at once, each in a namespace of its own, on a cluster that enforces NetworkPolicies.
CloudWatch is moto's, which keeps metrics and evaluates no alarm: `tests.support.alarms` does.
"""

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from components.access.policies import METRIC_NAMESPACE
from tests.e2e.cluster import causes
from tests.e2e.cluster.causes import answering, certificate
from tests.e2e.cluster.places import Place
from tests.e2e.cluster.x_ray_front import SEGMENTS
from tests.support.alarms import ringing
from tests.support.program import containers_of
from tools.lab.cluster import ApiServer
from tools.rehearsal.aws.cloud import start_cloud
from tools.rehearsal.on_cluster.stage import ROUTES_SECONDS, address_towards
from tools.rehearsal.on_cluster.waiting import await_pods
from tools.verify.check import Check

pytestmark = pytest.mark.cluster

RING_SECONDS: Final = 180
"""From a cause to the end of the minute that rings its alarm."""

ANSWER_SECONDS: Final = 30
"""How long metrics of a minute may take once it is over."""

SETTLE_SECONDS: Final = 180
"""How long all pods that a cause changes may take to be new ones, as they do at the same time."""

WELL_SECONDS: Final = 180
"""How long the first trace of each canary may take."""

VERIFY_SECONDS: Final = 25
"""How long a trace is looked for, while the probes of nine places start at the same time."""


class Cause(NamedTuple):
    """What is made, which alarms it reaches, and a pattern of `make verify`'s name for it."""

    name: str
    alarms: set[str]
    said: str
    make: causes.Make
    settings: Mapping[str, Any] = {}
    after: float = 0
    """Seconds until it is there, once it is made."""

    def rings(self, rang: set[str]) -> bool:
        """Returns whether all its alarms rang, or that of what it first looks like."""
        return self.alarms <= rang or (self.said == IN_TIME and "denied" in rang)


NOT_READY: Final = "the daemon on the node is not ready"
NOT_VALID: Final = "the daemon has no valid credentials"
IN_TIME: Final = "gets no credentials in time|Pod Identity agent doesn't answer"
NO_GATEWAY: Final = "the collector doesn't reach its gateway"
MALFORMED: Final = "X-Ray refuses the daemon's requests as malformed"
DAEMON: Final = {"agent": "daemon"}
COLLECTOR: Final = {"agent": "collector"}

# Answers' names: botocore, model of the X-Ray API; Signature Version 4, troubleshooting; AWS
# general reference, common errors.
EXPIRED: Final = answering(403, "InvalidSignatureException", "Signature expired: it is later")
BOUNDARY: Final = answering(403, "AccessDeniedException", "no permissions boundary allows it")
REFUSED: Final = answering(400, "InvalidRequestException", "", SEGMENTS)

CAUSES: Final = (
    Cause("no-canary", {"silent"}, "", causes.no_canary),
    Cause("no-daemon", {"unreachable"}, "there is no daemon on the node", causes.no_daemon),
    Cause("no-name", {"unresolved"}, "does not resolve there", causes.no_name),
    Cause("no-ingress", {"unreachable"}, "at the NetworkPolicy's ingress", causes.no_ingress),
    Cause("not-ready", {"unreachable"}, NOT_READY, causes.not_ready),
    Cause("no-memory", {"unreachable"}, NOT_READY, causes.no_memory),
    Cause("no-policy", {"denied"}, "the daemon has no right to write", causes.no_policy),
    Cause("no-way-out", {"no-way-out"}, "the daemon finds no way out", causes.no_way_out, DAEMON),
    Cause("wrong-region", {"lost"}, "the daemon sends to us-west-2", causes.wrong_region, DAEMON),
    Cause("no-gateway", {"lost"}, NO_GATEWAY, causes.no_gateway, {"gatewayReplicas": 1}),
    Cause("no-tls", {"no-way-out"}, "doesn't speak TLS", causes.no_tls),
    Cause("untrusted", {"no-way-out"}, "doesn't trust the certificate", certificate(1)),
    Cause("expired", {"no-way-out"}, "a certificate has expired", certificate(-1)),
    Cause("proxy", {"no-way-out"}, "doesn't get through its proxy", causes.closed_proxy),
    Cause("pod-identity", {"no-way-out"}, IN_TIME, causes.no_pod_identity, COLLECTOR),
    Cause("no-credentials", {"denied"}, "has no credentials", causes.no_credentials, COLLECTOR),
    Cause("no-sts", {"no-way-out"}, IN_TIME, causes.no_sts, COLLECTOR),
    Cause("late", {"late"}, "", causes.late),
    Cause("throttled", {"throttled"}, "X-Ray throttles", answering(429, "ThrottledException")),
    Cause("signature", {"denied"}, NOT_VALID, answering(403, "InvalidSignatureException")),
    Cause("unknown-key", {"denied"}, NOT_VALID, answering(403, "UnrecognizedClientException")),
    Cause("wrong-clock", {"denied"}, "the clock of ", EXPIRED),
    Cause("boundary", {"denied"}, "look at the other kind of policy", BOUNDARY),
    Cause("forbidden", {"denied"}, "status 403 without a reason", answering(403, "")),
    Cause("failing", {"no-way-out"}, "X-Ray fails", answering(503, "ServiceUnavailable")),
    Cause("malformed", {"lost"}, MALFORMED, REFUSED, COLLECTOR),
    Cause("full", {"queue", "dropped", "lost"}, "", causes.full, after=causes.FULL_SECONDS),
)


class Found(NamedTuple):
    """How long an alarm took; what rang then, and what `make verify` said."""

    seconds: float
    rang: set[str]
    said: str


def await_all(
    places: Mapping[str, Place], seconds: float, done: Callable[[Place], bool]
) -> dict[str, float]:
    """Returns when each was done, in epoch seconds."""
    deadline, at = time.monotonic() + seconds, dict[str, float]()
    while len(at) < len(places):
        assert time.monotonic() < deadline, f"not after {seconds} s: {places.keys() - at.keys()}"
        left = [name for name in places if name not in at]
        at |= {name: time.time() for name in left if done(places[name])}
        time.sleep(1)
    return at


@pytest.fixture(scope="module")
def found(kubeconfig: str) -> Iterator[Mapping[str, Found]]:
    api_server = ApiServer(Path(kubeconfig))
    address = address_towards(api_server)
    with start_cloud("eu-west-1", address) as cloud, ExitStack() as end:
        end.callback(api_server.delete_all)
        cloudwatch, xray = cloud.client("cloudwatch"), cloud.client("xray")
        places = {
            each.name: Place(api_server, cloud, address, each.name, each.settings)
            for each in CAUSES
        }
        for each in places.values():
            end.callback(each.close)
            each.apply()
        for each in places.values():
            await_pods(api_server, each.workloads)

        def is_well(place: Place) -> bool:
            told = {"Name": "Cluster", "Value": place.namespace}
            seen = cloudwatch.list_metrics(
                Namespace=METRIC_NAMESPACE, MetricName="Seconds", Dimensions=[told]
            )
            return bool(seen["Metrics"])

        await_all(places, WELL_SECONDS, is_well)
        for each in CAUSES:
            places[each.name].break_by(each.make)
        made = await_all(places, SETTLE_SECONDS, Place.is_settled)
        made |= {each.name: made[each.name] + ROUTES_SECONDS + each.after for each in CAUSES}

        rang, seconds = dict[str, set[str]](), dict[str, float]()
        deadline = max(made.values()) + RING_SECONDS + ANSWER_SECONDS
        while len(seconds) < len(CAUSES) and time.time() < deadline:
            for each in [each for each in CAUSES if each.name not in seconds]:
                minute = time.time() // 60 * 60
                rang[each.name] = ringing(cloudwatch, places[each.name].namespace)
                if each.rings(rang[each.name]):
                    seconds[each.name] = minute - made[each.name]
            time.sleep(5)

        def verify(name: str) -> str:
            namespace = places[name].namespace
            check = Check(api_server, xray, namespace, namespace, False)
            image = containers_of(places[name].canary)[0]["image"]
            return " ".join(e.cause for e in check.verify(image, VERIFY_SECONDS, lambda *_: None))

        with ThreadPoolExecutor(9) as pool:
            said = dict(zip(places, pool.map(verify, places), strict=True))
        yield {e: Found(seconds.get(e, math.inf), rang[e], said[e]) for e in places}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.name)
def test_each_cause_reaches_its_alarm_within_three_minutes(
    found: Mapping[str, Found], cause: Cause
) -> None:
    seconds, rang, _ = found[cause.name]
    print(f"| {cause.name} | {', '.join(sorted(rang))} | {seconds:.0f} |")
    assert cause.rings(rang)
    assert seconds < RING_SECONDS


@pytest.mark.parametrize("cause", [e for e in CAUSES if e.said], ids=lambda cause: cause.name)
def test_verify_names_each_cause_that_it_can(found: Mapping[str, Found], cause: Cause) -> None:
    assert re.search(cause.said, found[cause.name].said), found[cause.name].said
