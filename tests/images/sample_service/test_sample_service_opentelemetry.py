import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tests.images.sample_service.opentelemetry_collector import (
    CALLER,
    NOT_SAMPLED,
    SAMPLED,
    Collector,
    running_opentelemetry_service,
    served,
)
from tests.images.sample_service.sample_service_process import (
    POD,
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
def collector() -> Collector:
    return Collector([])


@pytest.fixture(scope="module")
def service_b(collector: Collector, logs: Path) -> Iterator[Service]:
    with running_opentelemetry_service("service-b", collector.url, logs / "b", **POD) as service:
        yield service


@pytest.fixture(scope="module")
def service_a(collector: Collector, logs: Path, service_b: Service) -> Iterator[Service]:
    with running_opentelemetry_service(
        "service-a",
        collector.url,
        logs / "a",
        DOWNSTREAM_URL=service_b.url,
        POD_NAME="service-a-0",
    ) as service:
        service_b.wait_until_ready()
        yield service


@pytest.fixture(scope="module")
def faulty_b(collector: Collector, logs: Path) -> Iterator[Service]:
    with running_opentelemetry_service(
        "service-b", collector.url, logs / "faulty", FAULT_PERCENT="100"
    ) as service:
        yield service


@pytest.fixture(scope="module")
def failing_a(collector: Collector, logs: Path, faulty_b: Service) -> Iterator[Service]:
    with running_opentelemetry_service(
        "service-a", collector.url, logs / "failing", DOWNSTREAM_URL=faulty_b.url
    ) as service:
        faulty_b.wait_until_ready()
        yield service


def test_the_answer_names_service_pod_and_trace_down_the_line(service_a: Service) -> None:
    trace_id = new_trace_id()
    response = service_a.get(trace_id=trace_id, more=SAMPLED)
    assert response.status_code == 200
    assert response.json() == {
        "service": "service-a",
        "pod": "service-a-0",
        "trace_id": trace_id,
        "downstream": {"service": "service-b", "pod": "service-b-0", "trace_id": trace_id},
    }
    assert response.headers["X-Amzn-Trace-Id"] == f"Root={trace_id}"


def test_the_resource_says_which_pod_made_the_span(
    collector: Collector, service_b: Service
) -> None:
    resource = served(collector, service_b).resource
    facts = {
        "cloud.provider": "aws",
        "cloud.platform": "aws_eks",
        "k8s.cluster.name": "demo",
        "k8s.node.name": POD["NODE_NAME"],
        "k8s.namespace.name": "sample",
        "k8s.pod.name": "service-b-0",
        "k8s.pod.uid": "7c1f",
        "host.id": "i-0123456789abcdef0",
        "service.name": "service-b",
        # The collector reads the stacks of exceptions by it.
        "telemetry.sdk.language": "python",
    }
    assert {key: resource.get(key) for key in facts} == facts


def test_the_annotations_are_those_of_the_xray_sdk(
    collector: Collector, service_b: Service
) -> None:
    assert served(collector, service_b).annotations == {
        "cluster": "demo",
        "node": POD["NODE_NAME"],
        "namespace": "sample",
        "pod": "service-b-0",
        "pod_uid": "7c1f",
    }


def test_the_span_describes_the_request_and_its_answer(
    collector: Collector, service_b: Service
) -> None:
    span = served(collector, service_b)
    url = f"http://{span.attributes['http.host']}{span.attributes['http.target']}"
    assert url == f"{service_b.url}/"
    assert span.attributes["http.method"] == "GET"
    assert span.attributes["http.status_code"] == 200
    assert span.attributes["net.peer.ip"] == "127.0.0.1"
    assert span.status == "UNSET"
    assert span.events == []


def test_the_call_from_a_is_the_parent_of_b(collector: Collector, service_a: Service) -> None:
    trace_id = new_trace_id()
    service_a.get(trace_id=trace_id, more=SAMPLED)
    trace = collector.trace(trace_id, 3)
    call = trace["service-a", "CLIENT"]
    assert trace["service-a", "SERVER"].parent_id == CALLER
    assert call.parent_id == trace["service-a", "SERVER"].id
    assert call.attributes["net.peer.name"] == "127.0.0.1"
    assert trace["service-b", "SERVER"].parent_id == call.id


def test_the_header_of_the_call_is_xrays(logs: Path, collector: Collector) -> None:
    received: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as downstream:
        url = f"http://127.0.0.1:{downstream.getsockname()[1]}"

        def answer() -> None:
            connection, _ = downstream.accept()
            with connection:
                received.append(connection.recv(65536).decode())
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        with (
            running_opentelemetry_service(
                "service-a", collector.url, logs / "header", DOWNSTREAM_URL=url
            ) as service,
            ThreadPoolExecutor(1) as pool,
        ):
            answered = pool.submit(answer)
            trace_id = new_trace_id()
            service.get(trace_id=trace_id, more=SAMPLED)
            answered.result(10)
            call = collector.trace(trace_id, 2)["service-a", "CLIENT"]
    headers = dict(line.split(": ", 1) for line in received[0].splitlines()[1:] if line)
    assert headers["X-Amzn-Trace-Id"] == f"Root={trace_id};Parent={call.id};Sampled=1"
    assert "traceparent" not in headers


@pytest.mark.parametrize("first", ["xray", "opentelemetry"])
def test_a_trace_goes_on_where_the_other_sdk_is_next(
    collector: Collector, service_b: Service, logs: Path, first: str
) -> None:
    daemon, trace_id = Daemon(), new_trace_id()
    if first == "xray":
        with running_service(
            "service-a", daemon, logs / first, DOWNSTREAM_URL=service_b.url
        ) as service:
            service_b.wait_until_ready()
            answer = service.get(trace_id=trace_id, more=SAMPLED).json()
        (call,) = daemon.trace(trace_id, 1)["service-a"]["subsegments"]
        assert collector.trace(trace_id, 1)["service-b", "SERVER"].parent_id == call["id"]
    else:
        with (
            running_service("service-b", daemon, logs / "next") as downstream,
            running_opentelemetry_service(
                "service-a", collector.url, logs / first, DOWNSTREAM_URL=downstream.url
            ) as service,
        ):
            downstream.wait_until_ready()
            answer = service.get(trace_id=trace_id, more=SAMPLED).json()
            call = collector.trace(trace_id, 2)["service-a", "CLIENT"]
        assert daemon.trace(trace_id, 1)["service-b"]["parent_id"] == call.id
    assert answer["trace_id"] == answer["downstream"]["trace_id"] == trace_id


def test_a_trace_that_starts_here_has_the_time_in_its_id(
    collector: Collector, service_b: Service
) -> None:
    # Without rules the sampler takes the first request of a second.
    trace_id = wait_for(lambda: service_b.get().json()["trace_id"])
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{24}", trace_id)
    assert abs(int(trace_id[2:10], 16) - time.time()) < 60
    assert collector.trace(trace_id, 1)["service-b", "SERVER"].parent_id is None


def test_healthz_makes_no_span(collector: Collector, service_b: Service) -> None:
    trace_id = new_trace_id()
    response = service_b.get("/healthz?once", trace_id, SAMPLED)
    assert response.status_code == 200
    assert "X-Amzn-Trace-Id" not in response.headers
    served(collector, service_b)
    assert collector.spans_of(trace_id) == []
    assert "/healthz" not in {span.attributes.get("http.target") for span in collector.spans}


def test_a_path_that_only_looks_like_healthz_is_traced(
    collector: Collector, service_b: Service
) -> None:
    for path in ("/?next=/healthz", "/healthz/more"):
        trace_id = new_trace_id()
        service_b.get(path, trace_id, SAMPLED)
        (span,) = collector.trace(trace_id, 1).values()
        assert span.attributes["http.target"] == path


def test_a_caller_who_does_not_sample_is_honoured(collector: Collector, service_a: Service) -> None:
    trace_id = new_trace_id()
    answer = service_a.get(trace_id=trace_id, more=NOT_SAMPLED).json()
    assert answer["trace_id"] is answer["downstream"]["trace_id"] is None
    after = new_trace_id()
    service_a.get(trace_id=after, more=SAMPLED)
    collector.trace(after, 3)
    assert collector.spans_of(trace_id) == []


def test_a_fault_is_recorded_with_its_exception(collector: Collector, faulty_b: Service) -> None:
    trace_id = new_trace_id()
    response = faulty_b.get(trace_id=trace_id, more=SAMPLED)
    assert response.status_code == 500
    assert response.json()["error"].startswith("RandomFaultError: ")
    span = collector.trace(trace_id, 1)["service-b", "SERVER"]
    (exception,) = span.exceptions
    assert span.status == "ERROR"
    assert span.attributes["http.status_code"] == 500
    assert exception["exception.type"].endswith(".RandomFaultError")
    assert exception["exception.message"] == "one of the 100 % which fail at random"
    assert "in index\n" in exception["exception.stacktrace"]


def test_a_answers_502_where_b_fails(collector: Collector, failing_a: Service) -> None:
    trace_id = new_trace_id()
    response = failing_a.get(trace_id=trace_id, more=SAMPLED)
    assert response.status_code == 502
    assert response.json()["downstream"]["trace_id"] == trace_id
    trace = collector.trace(trace_id, 3)
    span = trace["service-a", "SERVER"]
    (exception,) = span.exceptions
    assert span.status == trace["service-a", "CLIENT"].status == "ERROR"
    assert span.attributes["http.status_code"] == 502
    assert trace["service-a", "CLIENT"].attributes["http.status_code"] == 500
    assert exception["exception.type"].endswith(".DownstreamError")


def test_a_answers_502_where_b_cannot_be_reached(collector: Collector, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with running_opentelemetry_service(
        "service-a", collector.url, tmp_path / "log", DOWNSTREAM_URL=nowhere
    ) as service:
        trace_id = new_trace_id()
        response = service.get(trace_id=trace_id, more=SAMPLED)
        assert response.status_code == 502
        assert response.json()["error"] == f"{nowhere} did not answer: ConnectionError"
        trace = collector.trace(trace_id, 2)
    (exception,) = trace["service-a", "SERVER"].exceptions
    assert trace["service-a", "CLIENT"].status == "ERROR"
    assert len(trace["service-a", "CLIENT"].exceptions) == 1
    assert exception["exception.type"].endswith(".ConnectionError")
    # The collector can't read what it came from.
    assert exception["exception.stacktrace"].count("Traceback") == 1


def test_concurrent_requests_keep_their_traces_apart(
    collector: Collector, service_a: Service
) -> None:
    trace_ids = [new_trace_id() for _ in range(50)]
    with ThreadPoolExecutor(len(trace_ids)) as pool:
        answers = list(pool.map(lambda each: service_a.get(trace_id=each, more=SAMPLED), trace_ids))
    for trace_id, answer in zip(trace_ids, answers, strict=True):
        assert answer.json()["trace_id"] == trace_id
        assert answer.json()["downstream"]["trace_id"] == trace_id
        trace = collector.trace(trace_id, 3)
        assert len(collector.spans_of(trace_id)) == len(trace) == 3
        assert trace["service-b", "SERVER"].parent_id == trace["service-a", "CLIENT"].id


def test_a_service_takes_less_than_80_mb_of_memory(service_a: Service) -> None:
    for _ in range(20):
        service_a.get(trace_id=new_trace_id(), more=SAMPLED)
    assert psutil.Process(service_a.process.pid).memory_info().rss < 80 * 2**20
