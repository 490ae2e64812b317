"""X-Ray's SDK and OpenTelemetry's in one trace, behind one address, by a collector."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import yaml

from tests.e2e.rehearsal.rehearsals import copy_of_project
from tests.e2e.rehearsal.running import Document, Running
from tests.support.open_telemetry_collector import COLLECTOR, needs_collector

REQUESTS: Final = 30

STAND_IN: Final[Sequence[str]] = ()
REAL: Final[Sequence[str]] = ("--collector", str(COLLECTOR))

COLLECTORS: Final = [
    pytest.param(STAND_IN, id="stand-in"),
    pytest.param(REAL, id="real", marks=needs_collector),
]

ARRIVAL_SECONDS: Final = 6
"""How long the last spans and segments may take to X-Ray's API."""

ALL: Final[Sequence[Document]] = [
    {"name": "all", "priority": 1, "fixedRate": 1, "reservoirSize": 0, "serviceName": "service-a"}
]
"""Every request is recorded; without a rule, one a second is, and 5 % of the others."""

SDKS: Final = ("xray-sdk", "opentelemetry")


def start(folder: Path, collector: Sequence[str], **settings: Any) -> Running:
    configuration = {
        "aws:region": "eu-west-1",
        "backend": "collector",
        "sampleFaultPercent": 0,
        "sampleDelayMilliseconds": 0,
        **settings,
    }
    text = yaml.safe_dump({"config": configuration})
    (folder / "Pulumi.mixed.yaml").write_text(text, encoding="utf-8")
    return Running(folder, "mixed", REQUESTS, collector)


@pytest.fixture(params=COLLECTORS)
def collector(request: pytest.FixtureRequest) -> Sequence[str]:
    return request.param


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path)


@pytest.fixture(params=[SDKS, SDKS[::-1]], ids=" calls ".join)
def caller_and_called(
    request: pytest.FixtureRequest, folder: Path, collector: Sequence[str]
) -> Iterator[tuple[Running, Sequence[str]]]:
    a, b = request.param
    running = start(folder, collector, serviceATracing=a, serviceBTracing=b, samplingRules=[*ALL])
    yield running, request.param
    running.end()


def ask_without_a_trace(running: Running) -> None:
    """Sends requests that no load balancer has decided about: the SDK of Service-A has to."""
    url = running.printed(r"curl (http://\S+)")
    for _ in range(REQUESTS):
        requests.get(url, timeout=10).raise_for_status()


def whole_traces(running: Running, wanted: int) -> int:
    """Returns how many traces have a segment of both services, as soon as there are so many."""
    deadline = datetime.now(UTC) + timedelta(seconds=ARRIVAL_SECONDS)
    found = 0
    while found < wanted and datetime.now(UTC) < deadline:
        services: dict[str, set[str]] = {}
        for each in running.segments():
            services.setdefault(each["trace_id"], set()).add(each["name"])
        found = sum(names == {"service-a", "service-b"} for names in services.values())
    return found


def test_a_trace_goes_from_one_sdk_to_the_other_and_sampling_rules_reach_the_caller(
    caller_and_called: tuple[Running, Sequence[str]],
) -> None:
    running, _ = caller_and_called
    assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output

    ask_without_a_trace(running)

    assert whole_traces(running, 2 * REQUESTS) == 2 * REQUESTS


@pytest.mark.parametrize("sdk", SDKS)
def test_a_rule_that_records_nothing_is_kept_to(folder: Path, sdk: str) -> None:
    nothing = [{**ALL[0], "fixedRate": 0}]
    collector = STAND_IN if COLLECTOR is None else REAL
    running = start(
        folder, collector, serviceATracing=sdk, serviceBTracing=sdk, samplingRules=nothing
    )
    try:
        # X-Ray's SDK asks for rules with the first request that it has to decide about.
        ask_without_a_trace(running)
        time.sleep(ARRIVAL_SECONDS)
        before = whole_traces(running, REQUESTS)
        ask_without_a_trace(running)
        assert whole_traces(running, before + 1) == before
    finally:
        running.end()


@needs_collector
def test_a_gateway_hands_on_whole_traces(folder: Path) -> None:
    running = start(folder, REAL, serviceATracing="opentelemetry", gatewayReplicas=2)
    try:
        assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output
    finally:
        running.end()


@needs_collector
def test_a_gateway_keeps_the_share_of_traces_that_it_is_to(folder: Path) -> None:
    # The rehearsal would miss them: what is kept is asked for by its own requests.
    tail = {"percent": 0, "slowMilliseconds": 60000, "keepFaults": False, "waitSeconds": 1}
    with pytest.raises(pytest.fail.Exception, match=f"of {REQUESTS} traces {REQUESTS} were lost"):
        start(folder, REAL, gatewayReplicas=1, tailSampling=tail)
