"""A sample service, traced by either SDK, as a process; rehearsals show what its traces say."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests

from .sample_service_process import Service, new_trace_id, running_service, wait_for

SDKS = ["xray", "opentelemetry"]


@pytest.fixture(scope="module")
def xray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("xray") / "log"
    with running_service("xray", log, XRAY_PLUGINS="ECSPlugin") as service:
        yield service


@pytest.fixture(scope="module")
def opentelemetry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    log = tmp_path_factory.mktemp("opentelemetry") / "log"
    with running_service("opentelemetry", log, OTEL_BSP_SCHEDULE_DELAY="50") as service:
        yield service


@pytest.fixture(params=SDKS)
def service(request: pytest.FixtureRequest) -> Service:
    return request.getfixturevalue(request.param)


def test_probes_and_unsampled_requests_are_not_traced(service: Service) -> None:
    hidden, after = new_trace_id(), new_trace_id()
    assert service.get(hidden, path="/healthz").text == "ok"
    assert service.get(hidden, sampled=0).json()["trace_id"] is None
    assert service.around.calls[-1].endswith(";Sampled=0")
    service.get(after)
    wait_for(lambda: after in str(service.around.traced))
    assert hidden not in str(service.around.traced)


@pytest.mark.parametrize("name", ["X-Amzn-Trace-Id", "HTTP-X-Amzn-Trace-Id"])
@pytest.mark.parametrize("ids", ["Root=shop", f"Root=1-{'0' * 8}-{'0' * 24};Parent=<b>", "Self=1"])
def test_ids_that_are_none_of_x_rays_are_not_taken(xray: Service, name: str, ids: str) -> None:
    for sampled in ("1", "0"):
        header = {name: f"{ids};Sampled={sampled}"}
        requests.get(xray.url, headers=header, timeout=20).raise_for_status()
        sent = xray.around.calls[-1]
        assert re.fullmatch(r"Root=1-[0-9a-f]{8}-(?!0{24})[0-9a-f]{24}(;\w+=[0-9a-f]+)*", sent), (
            sent
        )


def test_it_listens_where_it_is_told_to(tmp_path: Path) -> None:
    with running_service("xray", tmp_path / "log", HOST="127.0.0.1") as alone:
        listening = psutil.Process(alone.process.pid).net_connections("tcp")
    assert [each.laddr.ip for each in listening if each.status == "LISTEN"] == ["127.0.0.1"]


def test_new_traces_follow_sampling_rules_for_eks(service: Service) -> None:
    def rules_followed() -> bool:
        trace_id = service.get().json()["trace_id"]
        assert trace_id is None or abs(int(trace_id[2:10], 16) - time.time()) < 60
        return "of-pods" in str(service.around.traced)

    wait_for(rules_followed)
    assert "of-nodes" not in str(service.around.traced)


def test_a_failing_downstream_is_a_fault_of_the_segment(xray: Service) -> None:
    xray.around.hangs_up = True
    response = xray.get(trace_id := new_trace_id())
    xray.around.hangs_up = False
    assert response.status_code == 502
    assert response.json()["error"].startswith("ConnectionError: ")
    segment = xray.around.find(trace_id)
    (exception,) = segment["subsegments"][0]["cause"]["exceptions"]
    assert segment["fault"]
    assert segment["cause"] == exception["id"]
    assert segment["aws"]["ecs"] == {"container": socket.gethostname()}, "by its plug-in"
    logged = [json.loads(line) for line in xray.log.read_text().splitlines()]
    assert [each["level"] for each in logged if "Answering 502" in each["message"]] == ["ERROR"]


def test_a_service_stays_within_its_memory_request(service: Service) -> None:
    assert psutil.Process(service.process.pid).memory_info().rss < 96 * 2**20


@pytest.mark.parametrize("sdk", SDKS)
def test_sigterm_loses_no_request_and_no_trace(sdk: str, tmp_path: Path) -> None:
    trace_ids = [new_trace_id() for _ in range(24)]
    with (
        running_service(sdk, tmp_path / "log", OTEL_BSP_SCHEDULE_DELAY="600000") as service,
        ThreadPoolExecutor(len(trace_ids)) as pool,
    ):
        around = service.around
        around.may_answer.clear()
        answers = [pool.submit(service.get, trace_id) for trace_id in trace_ids]
        wait_for(lambda: len(around.calls) == len(trace_ids))
        service.process.send_signal(signal.SIGTERM)
        around.may_answer.set()
        assert {answer.result().status_code for answer in answers} == {200}
        assert service.process.wait(20) == 0
    wait_for(lambda: all(trace_id in str(around.traced) for trace_id in trace_ids))
