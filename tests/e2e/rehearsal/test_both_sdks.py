"""The X-Ray SDK and OpenTelemetry in one trace, by a real collector."""

import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import yaml

from tests.e2e.rehearsal.rehearsals import Running, copy_of_project
from tests.support.open_telemetry_collector import COLLECTOR, needs_collector

REQUESTS: Final = 20

pytestmark = [pytest.mark.slow, needs_collector]

ALL: Final = {"name": "all", "priority": 1, "fixedRate": 1, "reservoirSize": 0}
"""Every request is recorded; without a rule, one a second is, and 5 % of the others."""


def start(folder: Path, **settings: Any) -> Running:
    configuration = {
        "aws:region": "eu-west-1",
        "agent": "collector",
        "sampleFaultPercent": 0,
        "sampleDelayMilliseconds": 0,
        **settings,
    }
    text = yaml.safe_dump({"config": configuration})
    (folder / "Pulumi.mixed.yaml").write_text(text, encoding="utf-8")
    return Running(folder, "mixed", REQUESTS, ("--collector", str(COLLECTOR)))


def whole_traces(running: Running, wanted: int, seconds: float = 10) -> int:
    """Returns how many traces have a segment of both services, as soon as there are so many."""
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)
    found = 0
    while found < wanted and datetime.now(UTC) < deadline:
        services: dict[str, set[str]] = {}
        for each in running.segments():
            services.setdefault(each["trace_id"], set()).add(each["name"])
        found = sum(names == {"service-a", "service-b"} for names in services.values())
    return found


def all_are_recorded(running: Running) -> bool:
    """Sends requests; returns whether each of them is a whole trace."""
    before = whole_traces(running, 1_000_000, seconds=1)
    for _ in range(REQUESTS):
        requests.get(running.printed(r"curl (http://\S+)"), timeout=10).raise_for_status()
    return whole_traces(running, before + REQUESTS) == before + REQUESTS


@pytest.mark.parametrize(
    ("caller", "called", "gateways"),
    [("xray-sdk", "opentelemetry", 0), ("opentelemetry", "xray-sdk", 2)],
)
def test_a_trace_goes_from_one_sdk_to_the_other(
    tmp_path: Path, caller: str, called: str, gateways: int
) -> None:
    running = start(
        copy_of_project(tmp_path),
        serviceATracing=caller,
        serviceBTracing=called,
        samplingRules=[ALL],
        gatewayReplicas=gateways,
    )
    try:
        assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output
        # Nobody has decided about these: the SDK of Service-A asks for the rules, with the first.
        assert any(all_are_recorded(running) for _ in range(5))
        for each in running.segments():
            assert each["origin"] == "AWS::EKS::Container"
            assert each["aws"]["eks"]["pod"] == each["annotations"]["pod"] == f"{each['name']}-0"
            assert each["aws"]["ec2"]["instance_id"] == each["annotations"]["node"]
    finally:
        running.end()


ODD: Final = (
    '{"name": "Käse","id":"00000000000000aa",  "trace_id":"TRACE","start_time":NOW.0e0,'
    '"end_time":NOW.250,"precursor_ids":["b"],"service":{"version":"1"},"x":{"y":null}}'
)
"""A segment with what a collector drops, writes in another way, or doesn't know."""


@pytest.mark.parametrize("gateways", [0, 1])
def test_both_take_spans_and_leave_segments_as_they_are(tmp_path: Path, gateways: int) -> None:
    running = start(
        copy_of_project(tmp_path),
        agent="both",
        serviceATracing="opentelemetry",
        gatewayReplicas=gateways,
    )
    try:
        assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output
        sdks = {each["name"]: each["aws"]["xray"]["sdk"] for each in running.segments()}
        assert sdks == {"service-a": "opentelemetry for python", "service-b": "X-Ray for Python"}
        host, _, port = running.printed(r"AWS_XRAY_DAEMON_ADDRESS=(\S+)").partition(":")
        now = int(datetime.now(UTC).timestamp())
        trace_id = f"1-{now:08x}-{'0' * 24}"
        document = ODD.replace("TRACE", trace_id).replace("NOW", str(now))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            datagram = '{"format": "json", "version": 1}\n' + document
            sender.sendto(datagram.encode(), (host, int(port)))
        xray, found = running.client("xray"), list[str]()
        for _ in range(50):
            traces = xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
            if found := [each["Document"] for one in traces for each in one["Segments"]]:
                break
            time.sleep(0.1)
        assert found == [document], "byte for byte"
    finally:
        running.end()


def test_a_gateway_keeps_what_the_stack_asks_for(tmp_path: Path) -> None:
    sampling = {"percent": 0, "waitSeconds": 1}
    running = start(
        copy_of_project(tmp_path),
        serviceATracing="opentelemetry",
        gatewayReplicas=2,
        tailSampling=sampling,
        sampleFaultPercent=50,
    )
    faults = int(running.printed(r"(\d+) got 502"))
    try:
        assert 0 < faults < REQUESTS
        assert f"{faults} traces arrived whole, 0 lost, 0 doubled" in running.output
        assert (
            f"Tail sampling dropped {REQUESTS - faults}: of {REQUESTS - faults}" in running.output
        )
        of_a = [each for each in running.segments() if each["name"] == "service-a"]
        causes = [each for one in of_a for each in one["cause"]["exceptions"]]
        assert [each["type"] for each in causes] == ["requests.exceptions.HTTPError"] * faults
        assert all(each["stack"] for each in causes)
    finally:
        running.end()
