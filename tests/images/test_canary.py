"""The canary's program against AWS and agents of this machine: each cause is seen, and rings."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
import requests
from sample_service import canary as program
from sample_service.canary import Canary

from components.access.policies import canary_policy_document
from components.canary.alarms import CAUSES
from tests.support.agents import on_node
from tests.support.alarms import rings
from tests.support.open_telemetry_collector import needs_collector, running
from tests.support.program import ROOT
from tools.rehearsal.agent_files import towards
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud, start_cloud
from tools.rehearsal.network import free_port

from .sample_service_process import wait_for

HERE: Final = "127.0.0.1"
WRITES: Final = ["xray:PutTraceSegments", "xray:GetSamplingRules", "xray:PutTelemetryRecords"]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with start_cloud("eu-west-1") as started:
        yield started


def is_open(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection((HERE, port), 1).close()
        return True
    return False


@contextmanager
def daemon(cloud: Cloud, folder: Path, **more: Any) -> Generator[dict[str, int]]:
    """Runs the stand-in for the daemon; gives the agent's ports."""
    allowed, port = more.get("allowed", WRITES), free_port()
    file = folder / "daemon.yaml"
    file.write_text(f"Endpoint: {more.get('endpoint', cloud.endpoint)}\n", "utf-8")
    command = ["-n", more.get("region", cloud.region), "-b", f"{HERE}:{port}", "-t"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.rehearsal.stand_in", *command, f"{HERE}:{port}", "-c", file],
        cwd=ROOT,
        env={**os.environ, **cloud.user_allowed(allowed).environment()},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: is_open(port))
        yield {"segments": port, "proxy": port}
    finally:
        process.kill()
        process.wait()


@contextmanager
def answering(status: int, text: str = "") -> Generator[int]:
    """Answers everything alike on a port."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer((HERE, 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def canary(cloud: Cloud, ports: dict[str, int], address: str = "") -> Canary:
    """Returns a canary with the rights of its own policy."""
    name = f"canary-{os.urandom(4).hex()}"
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    document = json.dumps(canary_policy_document())
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    own = AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])
    environment = {
        "AWS_XRAY_DAEMON_ADDRESS": address or f"{HERE}:{ports['proxy']}",
        "AGENT_PORTS": json.dumps(ports),
        "POD_NAMESPACE": "xray",
        "CLUSTER_NAME": name,
        "NODE_NAME": "a-node",
    }
    made = Canary(environment, cloud.client("xray", own), cloud.client("cloudwatch", own))
    made._metrics_host = HERE  # pyright: ignore[reportPrivateUsage]
    return made


def published(cloud: Cloud, one: Canary) -> dict[str, float]:
    """Returns the metrics of a canary's cluster in CloudWatch."""
    cloudwatch, cluster = cloud.client("cloudwatch"), one._cluster  # pyright: ignore[reportPrivateUsage]
    found: dict[str, float] = {}
    for each in cloudwatch.list_metrics(Namespace=program.NAMESPACE)["Metrics"]:
        if {"Name": "Cluster", "Value": cluster} in each["Dimensions"]:
            end = datetime.now(UTC) + timedelta(minutes=1)
            (point,) = cloudwatch.get_metric_statistics(
                **each,
                StartTime=end - timedelta(hours=1),
                EndTime=end,
                Period=3600,
                Statistics=["Maximum"],
            )["Datapoints"]
            found[each["MetricName"]] = point["Maximum"]
    return found


@pytest.mark.parametrize(
    ("cause", "broken"),
    [
        ("", {}),
        ("denied", {"allowed": ["xray:PutTelemetryRecords"]}),
        ("no-way-out", {"endpoint": f"http://{HERE}:{free_port()}"}),
        ("lost", {"region": "us-west-2"}),
    ],
)
def test_a_daemon_that_fails_rings_its_alarm_alone(
    cause: str,
    broken: dict[str, Any],
    cloud: Cloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(program, "PATIENCE_SECONDS", 4)
    with daemon(cloud, tmp_path, **broken) as ports:
        one = canary(cloud, ports)
        one.round()
    assert alarms_of(one) == ({cause} if cause else set())
    assert published(cloud, one) == one.said
    assert one.said.get("Arrived", 0) == (not cause)


def alarms_of(one: Canary) -> set[str]:
    """Returns the causes whose alarms ring after minutes of the same."""
    return {cause for cause in CAUSES if rings(cause, [one.said.get(CAUSES[cause]["metric"])] * 3)}


def test_who_is_not_there_is_told_before_anything_is_sent(cloud: Cloud) -> None:
    closed = free_port()
    for cause, address in {"unreachable": f"{HERE}:{closed}", "unresolved": "a.invalid:1"}.items():
        one = canary(cloud, {"segments": closed, "proxy": closed}, address)
        one.round()
        assert alarms_of(one) == {cause}


def test_throttling_has_an_alarm_of_its_own(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PATIENCE_SECONDS", 1)
    with answering(429) as port:
        one = canary(cloud, {"segments": port, "proxy": port})
        one.round()
    assert alarms_of(one) == {"throttled"}


METRICS: Final = """
otelcol_exporter_queue_capacity{{exporter="otlp_http/queue"}} 768
otelcol_exporter_queue_size{{exporter="otlp_http/queue"}} {size}
otelcol_exporter_enqueue_failed_spans{{exporter="otlp_http/queue"}} {dropped}
otelcol_exporter_send_failed_spans{{exporter="awsxray"}} 77
otelcol_receiver_refused_spans{{receiver="otlp/queue"}} 77
"""


def test_a_collector_that_drops_or_fills_up_is_told(cloud: Cloud, tmp_path: Path) -> None:
    with daemon(cloud, tmp_path) as ports:
        one = canary(cloud, {**ports, "metrics": 0})
        seen: list[set[str]] = []
        texts = [METRICS.format(size=a, dropped=b) for a, b in ((0, 5), (768, 5), (1, 7), (0, 9))]
        for text in (*texts[:3], "", texts[3], METRICS.format(size=0, dropped=0)):
            with answering(200, text) as port:
                one._ports = {**ports, "metrics": port}  # pyright: ignore[reportPrivateUsage]
                one.round()
            seen.append(alarms_of(one))
    assert seen == [set(), {"queue"}, {"dropped"}, set(), set(), set()]


@needs_collector
def test_by_each_port_of_a_collector_a_trace_arrives(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = cloud.user_allowed(WRITES)
    variables = {**own.environment(), "AWS_EC2_METADATA_DISABLED": "true"}
    monkeypatch.setattr(
        "tests.support.open_telemetry_collector.ENVIRONMENT",
        {**variables, "AWS_REGION": cloud.region, "AWS_HOSTNAME": "a-node"},
    )
    # By its name: ports behind addresses are moved.
    aws = cloud.endpoint.replace(HERE, "localhost")
    with running(towards(on_node(), aws), tmp_path, aws) as (_, ports):
        here = {there: port for port, there in ports.items()}
        one = canary(
            cloud,
            {"segments": here[2000], "proxy": here[2000], "otlp-grpc": here[4317]}
            | {"otlp-http": here[4318], "metrics": here[8888]},
        )
        wait_for(lambda: not one._hindered())  # pyright: ignore[reportPrivateUsage]
        one.round()
    assert (one.said["Arrived"], one.said["Dropped"], one.said["Queue"]) == (1, 0, 0)
    assert alarms_of(one) == set()


@pytest.mark.slow
def test_its_process_tells_prometheus_and_stays_within_its_memory_request(
    cloud: Cloud, tmp_path: Path
) -> None:
    with daemon(cloud, tmp_path) as ports:
        port = free_port()
        environment = {
            **{name: each for name, each in os.environ.items() if not name.startswith("AWS_")},
            **cloud.administrator.environment(),
            **{"AWS_ENDPOINT_URL": cloud.endpoint, "AWS_REGION": cloud.region, "PORT": str(port)},
            **{"AWS_XRAY_DAEMON_ADDRESS": f"{HERE}:{ports['proxy']}", "POD_NAMESPACE": "xray"},
            **{"AGENT_PORTS": json.dumps(ports), "CLUSTER_NAME": "shop", "NODE_NAME": "a-node"},
        }
        command = [sys.executable, "-m", "sample_service.canary"]
        folder = ROOT / "images/sample-service"
        process = subprocess.Popen(command, cwd=folder, env=environment)
        try:
            wait_for(lambda: is_open(port))
            said = wait_for(lambda: requests.get(f"http://{HERE}:{port}", timeout=2).text)
            assert 'xray_canary_arrived{cluster="shop",node="a-node"} 1.0' in said
            assert psutil.Process(process.pid).memory_info().rss < 96 * 2**20
        finally:
            process.terminate()
            assert process.wait(10) == 0
