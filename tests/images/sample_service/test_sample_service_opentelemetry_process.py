import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.images.sample_service.opentelemetry_collector import (
    SAMPLED,
    Collector,
    running_opentelemetry_service,
)
from tests.images.sample_service.sample_service_process import (
    SERVICES,
    environment_of,
    free_port,
    new_trace_id,
    wait_for,
)


def test_sigterm_sends_what_has_not_been_sent(tmp_path: Path) -> None:
    collector = Collector()
    with running_opentelemetry_service(
        "service-b",
        collector.url,
        tmp_path / "log",
        DELAY_MILLISECONDS="300",
        OTEL_BSP_SCHEDULE_DELAY="600000",
    ) as service:
        service.wait_until_ready()
        trace_ids = [new_trace_id() for _ in range(24)]
        with ThreadPoolExecutor(len(trace_ids)) as pool:
            answers = [
                pool.submit(service.get, trace_id=trace_id, more=SAMPLED) for trace_id in trace_ids
            ]
            time.sleep(0.15)
            service.process.send_signal(signal.SIGTERM)
            assert [answer.result().status_code for answer in answers] == [200] * len(trace_ids)
        assert service.process.wait(20) == 0
        assert all(collector.spans_of(trace_id) for trace_id in trace_ids)


def test_a_collector_that_does_not_answer_holds_up_neither_start_nor_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with running_opentelemetry_service("service-b", url, tmp_path / "log") as service:
            assert service.get(trace_id=new_trace_id(), more=SAMPLED).ok
            stopped = time.monotonic()
            service.process.send_signal(signal.SIGTERM)
            assert service.process.wait(20) == 0
            assert time.monotonic() - stopped < 9


def test_a_collector_that_cannot_be_reached_makes_one_line_per_reason(tmp_path: Path) -> None:
    with running_opentelemetry_service(
        "service-b",
        f"http://127.0.0.1:{free_port()}",
        tmp_path / "log",
        OTEL_EXPORTER_OTLP_TIMEOUT="2",
    ) as service:

        def given_up() -> bool:
            service.get(trace_id=new_trace_id(), more=SAMPLED)
            return "Failed to export" in service.log.read_text()

        wait_for(given_up, 30)
        for _ in range(3):
            service.get(trace_id=new_trace_id(), more=SAMPLED)
            time.sleep(1.2)
        lines = service.log.read_text().splitlines()
    unsaid = ("retrying in", "Failed to export", "Request error occurred")
    assert [sum(each in line for line in lines) for each in unsaid] == [1, 1, 1]
    assert "Traceback" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "loaded", "others"),
    [
        ("AWS_XRAY_TRACING_NAME", "aws_xray_sdk", {"opentelemetry", "amazon"}),
        ("OTEL_SERVICE_NAME", "opentelemetry", {"aws_xray_sdk", "botocore", "grpc"}),
    ],
)
def test_only_the_chosen_sdk_is_loaded(name: str, loaded: str, others: set[str]) -> None:
    program = (
        "import os, sys\n"
        "from sample_service.app import create_app\n"
        "from sample_service.identity import identify\n"
        "from sample_service.settings import read_settings\n"
        "from sample_service.tracing import start_tracing\n"
        "settings = read_settings(os.environ)\n"
        "create_app(settings, start_tracing(settings, identify(settings)))\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=SERVICES,
        env=environment_of(**{name: "service-a"}),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    modules = set(result.stdout.split())
    assert loaded in modules
    assert modules.isdisjoint(others)
