"""Stacks from end to end: requests in at Service-A, traces out at the X-Ray API."""

import argparse
import io
import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
import requests
from aws_xray_sdk.core.models.traceid import TraceId
from rich.console import Console

from components.agent.environment import trace_environment
from components.samples import pods
from tests.e2e.rehearsal.rehearsals import Running, copy_of_program, copy_of_project, left_behind
from tools.lab.errors import ToolError
from tools.lab.interruption import SIGNALS
from tools.rehearsal import traffic
from tools.rehearsal.command import add_options
from tools.rehearsal.report import Report
from tools.rehearsal.run import Rehearsal

REQUESTS = 40
SLOW_ARTICLE = pytest.param("article", marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=["dev", SLOW_ARTICLE])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    folder = copy_of_project(tmp_path_factory.mktemp(request.param))
    rehearsal = Running(folder, request.param, REQUESTS)
    yield rehearsal
    if rehearsal.process.poll() is None:
        rehearsal.end()


def test_every_request_is_one_trace_through_both_services(running: Running) -> None:
    documents = running.segments()
    names = Counter((each["trace_id"], each["name"]) for each in documents)
    assert set(names.values()) == {1}
    assert Counter(name for _, name in names) == {"service-a": REQUESTS, "service-b": REQUESTS}
    assert f"{REQUESTS} traces arrived whole, 0 lost, 0 doubled" in running.output
    page = (running.folder / "build/rehearsal/index.html").read_text(encoding="utf-8")
    assert "service-b" in page


def test_segments_name_their_caller_pod_cluster_and_node(running: Running) -> None:
    of_a = {each["trace_id"]: each for each in running.segments() if each["name"] == "service-a"}
    alone = {each["id"] for each in running.documents() if each.get("type") == "subsegment"}
    for each in running.segments():
        if each["name"] == "service-b":
            caller = of_a[each["trace_id"]]
            assert each["parent_id"] in {*alone, *(one["id"] for one in caller["subsegments"])}
        assert each["aws"]["eks"]["pod"] == each["annotations"]["pod"] == f"{each['name']}-0"
        assert each["aws"]["eks"]["cluster_name"] == "xray-eksCluster"
        assert each["aws"]["ec2"]["instance_id"] == "i-0123456789abcdef0"
        assert each["origin"] == "AWS::EKS::Container"


def test_what_others_send_meanwhile_is_shown(running: Running) -> None:
    trace_id = TraceId().to_id()
    header = {"X-Amzn-Trace-Id": f"Root={trace_id};Parent={'0f' * 8};Sampled=1"}
    requests.get(running.printed(r"curl (http://\S+)"), headers=header, timeout=10)
    segment = {"id": "0f" * 8, "trace_id": trace_id, "name": "a-shop", "start_time": time.time()}
    text = '{"format": "json", "version": 1}\n' + json.dumps({**segment, "end_time": time.time()})
    port = int(running.printed(r"UDP xray-service\.\w+:2000 is 127\.0\.0\.1:(\d+)"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), ("127.0.0.1", port))

    page, deadline = running.folder / "build/rehearsal/index.html", time.monotonic() + 15
    while "a-shop" not in page.read_text(encoding="utf-8") and time.monotonic() < deadline:
        time.sleep(0.2)
    assert trace_id in page.read_text(encoding="utf-8")
    arrived = {each["name"] for each in running.segments() if each["trace_id"] == trace_id}
    assert arrived == {"a-shop", "service-a", "service-b"}


def test_ctrl_c_ends_everything_that_was_started(running: Running) -> None:
    assert running.end() == 0
    assert left_behind(running.folder) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(running.printed(r"curl (http://\S+)"), timeout=5)


@pytest.fixture
def rehearse(tmp_path: Path) -> Generator[Callable[..., str]]:
    """Rehearses in this process, maybe with components that a test has broken."""
    handlers = {each: signal.getsignal(each) for each in SIGNALS}
    parser, printed = argparse.ArgumentParser(), io.StringIO()
    add_options(parser)

    def run(*arguments: str) -> str:
        report = Report(Console(file=printed), Console(stderr=True))
        Rehearsal(parser.parse_args(arguments), report, copy_of_program(tmp_path)).run()
        return printed.getvalue()

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.slow
def test_a_stack_without_sample_services_ends_early(rehearse: Callable[..., str]) -> None:
    printed = rehearse("--stack", "prod")
    assert printed.endswith("Rehearsed without traces, because sampleServices is false.\n")


@pytest.mark.slow
def test_traces_that_do_not_arrive_are_said(
    rehearse: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "ARRIVAL_SECONDS", 1.0)
    monkeypatch.setattr(
        pods, "trace_environment", lambda name, _address: trace_environment(name, "127.0.0.1:9")
    )
    with pytest.raises(ToolError, match="5 traces sent: 5 lost"):
        rehearse("--requests", "5")
