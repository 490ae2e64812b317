import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import psutil
import pytest
from sample_service import app as sample_app

from tests.images.sample_service.sample_service_process import (
    POD,
    RULE,
    Daemon,
    Service,
    free_port,
    new_trace_id,
    running_service,
    wait_for,
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture(scope="module")
def service_b(daemon: Daemon, logs: Path) -> Iterator[Service]:
    with running_service(
        "service-b", daemon, logs / "b", DELAY_MILLISECONDS="30", **POD
    ) as service:
        yield service


@pytest.fixture(scope="module")
def service_a(daemon: Daemon, logs: Path, service_b: Service) -> Iterator[Service]:
    with running_service(
        "service-a", daemon, logs / "a", DOWNSTREAM_URL=service_b.url, POD_NAME="service-a-0"
    ) as service:
        service_b.wait_until_ready()
        yield service


@pytest.fixture(scope="module")
def faulty_b(daemon: Daemon, logs: Path) -> Iterator[Service]:
    with running_service("service-b", daemon, logs / "faulty", FAULT_PERCENT="100") as service:
        yield service


@pytest.fixture(scope="module")
def failing_a(daemon: Daemon, logs: Path, faulty_b: Service) -> Iterator[Service]:
    with running_service(
        "service-a", daemon, logs / "failing", DOWNSTREAM_URL=faulty_b.url
    ) as service:
        faulty_b.wait_until_ready()
        yield service


def test_the_answer_names_service_pod_and_trace_down_the_line(service_a: Service) -> None:
    trace_id = new_trace_id()
    response = service_a.get(trace_id=trace_id)
    assert response.status_code == 200
    assert response.json() == {
        "service": "service-a",
        "pod": "service-a-0",
        "trace_id": trace_id,
        "downstream": {"service": "service-b", "pod": "service-b-0", "trace_id": trace_id},
    }
    assert response.headers["X-Amzn-Trace-Id"] == f"Root={trace_id}"


def test_a_segment_says_which_pod_made_it(daemon: Daemon, service_b: Service) -> None:
    trace_id = new_trace_id()
    service_b.get(trace_id=trace_id)
    segment = daemon.trace(trace_id, 1)["service-b"]
    assert segment["origin"] == "AWS::EKS::Container"
    assert segment["aws"]["eks"] == {"cluster_name": "demo", "pod": "service-b-0"}
    assert segment["aws"]["ec2"] == {"instance_id": "i-0123456789abcdef0"}
    assert segment["aws"]["xray"]["sdk"] == "X-Ray for Python"
    assert segment["annotations"] == {
        "cluster": "demo",
        "node": POD["NODE_NAME"],
        "namespace": "sample",
        "pod": "service-b-0",
        "pod_uid": "7c1f",
    }
    assert segment["http"]["request"]["method"] == "GET"
    assert segment["http"]["request"]["url"] == f"{service_b.url}/"
    assert segment["http"]["response"]["status"] == 200
    assert segment["end_time"] > segment["start_time"]
    assert "fault" not in segment


def test_the_call_from_a_is_the_parent_of_b(daemon: Daemon, service_a: Service) -> None:
    trace_id = new_trace_id()
    caller = "53995c3f42cd8ad8"
    service_a.get(trace_id=trace_id, more=f"Parent={caller};Sampled=1")
    trace = daemon.trace(trace_id, 2)
    (call,) = trace["service-a"]["subsegments"]
    assert trace["service-a"]["parent_id"] == caller
    assert call["namespace"] == "remote"
    assert trace["service-b"]["parent_id"] == call["id"]


def test_healthz_makes_no_segment(daemon: Daemon, service_b: Service) -> None:
    trace_id = new_trace_id()
    assert service_b.get("/healthz", trace_id).status_code == 200
    after = new_trace_id()
    service_b.get(trace_id=after)
    daemon.trace(after, 1)
    assert daemon.segments_of(trace_id) == []
    assert not [s for s in daemon.segments if "healthz" in s["http"]["request"]["url"]]


def test_a_caller_who_does_not_sample_is_honoured(daemon: Daemon, service_a: Service) -> None:
    trace_id = new_trace_id()
    assert service_a.get(trace_id=trace_id, more="Sampled=0").json()["trace_id"] is None
    after = new_trace_id()
    service_a.get(trace_id=after)
    daemon.trace(after, 2)
    assert daemon.segments_of(trace_id) == []


def test_a_fault_is_recorded_with_its_exception(daemon: Daemon, faulty_b: Service) -> None:
    trace_id = new_trace_id()
    response = faulty_b.get(trace_id=trace_id)
    assert response.status_code == 500
    assert response.json()["error"].startswith("RandomFaultError: ")
    segment = daemon.trace(trace_id, 1)["service-b"]
    (exception,) = segment["cause"]["exceptions"]
    assert segment["fault"] is True
    assert segment["http"]["response"]["status"] == 500
    assert exception["type"] == "RandomFaultError"
    assert exception["stack"][-1]["label"] == "index"


def test_a_answers_502_where_b_fails(daemon: Daemon, failing_a: Service) -> None:
    trace_id = new_trace_id()
    response = failing_a.get(trace_id=trace_id)
    assert response.status_code == 502
    assert response.json()["downstream"]["service"] == "service-b"
    assert response.json()["error"].endswith("answered 500")
    trace = daemon.trace(trace_id, 2)
    assert trace["service-a"]["fault"] is True
    assert trace["service-a"]["subsegments"][0]["fault"] is True
    assert trace["service-a"]["cause"]["exceptions"][0]["type"] == "DownstreamError"


def test_a_answers_502_where_b_cannot_be_reached(daemon: Daemon, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with running_service("service-a", daemon, tmp_path / "log", DOWNSTREAM_URL=nowhere) as service:
        trace_id = new_trace_id()
        response = service.get(trace_id=trace_id)
        assert response.status_code == 502
        assert response.json()["error"] == f"{nowhere} did not answer: ConnectionError"
        segment = daemon.trace(trace_id, 1)["service-a"]
    (exception,) = segment["subsegments"][0]["cause"]["exceptions"]
    assert segment["fault"] is True
    assert segment["cause"] == exception["id"]


def test_a_waits_no_longer_than_its_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sample_app.DOWNSTREAM_TIMEOUT_SECONDS == 5
    monkeypatch.setattr(sample_app, "DOWNSTREAM_TIMEOUT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hang_up = Timer(2, silent.shutdown, [socket.SHUT_RDWR])
        hang_up.start()
        with pytest.raises(sample_app.DownstreamError, match="ReadTimeout"):
            sample_app.call_downstream(url)
        hang_up.cancel()


def test_concurrent_requests_keep_their_traces_apart(daemon: Daemon, service_a: Service) -> None:
    trace_ids = [new_trace_id() for _ in range(50)]
    with ThreadPoolExecutor(len(trace_ids)) as pool:
        answers = list(pool.map(lambda trace_id: service_a.get(trace_id=trace_id), trace_ids))
    for trace_id, answer in zip(trace_ids, answers, strict=True):
        assert answer.json()["trace_id"] == trace_id
        assert answer.json()["downstream"]["trace_id"] == trace_id
        trace = daemon.trace(trace_id, 2)
        names = Counter(segment["name"] for segment in daemon.segments_of(trace_id))
        assert names == {"service-a": 1, "service-b": 1}
        assert trace["service-b"]["parent_id"] == trace["service-a"]["subsegments"][0]["id"]


def test_plugins_add_to_the_identity_and_hold_up_the_start_only_briefly(
    daemon: Daemon, tmp_path: Path
) -> None:
    started = time.monotonic()
    with running_service(
        "service-b", daemon, tmp_path / "log", XRAY_PLUGINS="EC2Plugin,ECSPlugin", **POD
    ) as service:
        service.wait_until_ready()
        assert time.monotonic() - started < 6
        trace_id = new_trace_id()
        service.get(trace_id=trace_id)
        segment = daemon.trace(trace_id, 1)["service-b"]
    assert segment["origin"] == "AWS::EKS::Container"
    assert segment["aws"]["ecs"] == {"container": socket.gethostname()}
    assert segment["aws"]["eks"]["pod"] == "service-b-0"
    assert "instance_id" in segment["aws"]["ec2"]


def test_sampling_rules_for_eks_containers_are_followed(tmp_path: Path) -> None:
    other = {
        **RULE,
        "RuleName": "ec2-instances",
        "Priority": 1,
        "ServiceType": "AWS::EC2::Instance",
    }
    daemon = Daemon([other, RULE])
    with running_service("service-b", daemon, tmp_path / "log") as service:

        def rules_followed() -> set[str]:
            service.get()
            rules = [s["aws"]["xray"].get("sampling_rule_name") for s in list(daemon.segments)]
            return set(filter(None, rules))

        assert wait_for(rules_followed) == {"eks-containers"}


def test_a_daemon_without_sampling_rules_makes_one_line_in_the_log(service_b: Service) -> None:
    assert service_b.get().ok
    wait_for(lambda: "polling sampling rules" in service_b.log.read_text())
    assert "Traceback" not in service_b.log.read_text()


def test_sigterm_lets_received_requests_finish(daemon: Daemon, tmp_path: Path) -> None:
    with running_service(
        "service-b", daemon, tmp_path / "log", DELAY_MILLISECONDS="300"
    ) as service:
        service.wait_until_ready()
        trace_ids = [new_trace_id() for _ in range(24)]
        with ThreadPoolExecutor(len(trace_ids)) as pool:
            answers = [pool.submit(service.get, trace_id=trace_id) for trace_id in trace_ids]
            time.sleep(0.15)
            service.process.send_signal(signal.SIGTERM)
            assert [answer.result().status_code for answer in answers] == [200] * len(trace_ids)
        assert service.process.wait(10) == 0
        for trace_id in trace_ids:
            daemon.trace(trace_id, 1)


def test_a_service_takes_less_than_60_mb_of_memory(service_a: Service) -> None:
    service_a.get(trace_id=new_trace_id())
    assert psutil.Process(service_a.process.pid).memory_info().rss < 60 * 2**20
