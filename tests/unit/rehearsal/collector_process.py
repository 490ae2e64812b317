"""The stand-in for the collector as a process, with a configuration that the program makes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
import yaml

from components.backend import CollectorExporter
from components.collector_configuration import collector_configuration
from components.collector_exporters import WayOut, way_to_aws
from components.daemon_command import LogLevel
from components.ip_family import IpFamily
from rehearsal.aws.cloud import AwsCredentials, Cloud
from tests.unit.rehearsal.stand_in_process import REGION, REPOSITORY, wait_for

MEMORY_MIB: Final = 256


@dataclass
class Collector:
    process: "subprocess.Popen[bytes]"
    daemon_port: int
    """UDP and TCP."""

    spans: str
    """URL that spans are sent to."""

    health: str
    log: Path

    def post(self, body: bytes, **headers: str) -> requests.Response:
        headers = {"Content-Type": "application/x-protobuf", **headers}
        return requests.post(self.spans, body, headers=headers, timeout=5)

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(8)


def way_out(
    exporter: CollectorExporter,
    role_arn: str | None = None,
    indexed_attributes: tuple[str, ...] = (),
) -> WayOut:
    return way_to_aws(
        exporter,
        region=REGION,
        memory_limit_mib=MEMORY_MIB,
        ip_family=IpFamily.IPV4,
        assume_role_arn=role_arn,
        indexed_attributes=list(indexed_attributes),
    )


def program_configuration(way: WayOut, role_arn: str | None = None) -> dict[str, Any]:
    """Give the configuration that the program makes for a node's collector."""
    return collector_configuration(
        way,
        region=REGION,
        memory_limit_mib=MEMORY_MIB,
        log_level=LogLevel.WARN,
        ip_family=IpFamily.IPV4,
        assume_role_arn=role_arn,
        on_eks=True,
    )


def start_collector(
    configuration: dict[str, Any], folder: Path, credentials: AwsCredentials, sts: str
) -> "subprocess.Popen[bytes]":
    file = folder / "collector.yaml"
    file.write_text(yaml.safe_dump(configuration))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "rehearsal.stand_in.collector", f"--config={file}"],
            cwd=REPOSITORY,
            env={**inherited, **credentials.environment(), "AWS_ENDPOINT_URL_STS": sts},
            stderr=log,
        )


@contextmanager
def running_collector(
    cloud: Cloud,
    folder: Path,
    credentials: AwsCredentials,
    exporter: CollectorExporter = CollectorExporter.XRAY,
    *,
    role_arn: str | None = None,
    indexed_attributes: tuple[str, ...] = (),
    endpoint: str | None = None,
) -> Generator[Collector]:
    """Run the stand-in, healthy, until the end of the block; it sends to the cloud's endpoint."""
    way = way_out(exporter, role_arn, indexed_attributes)
    configuration = program_configuration(way, role_arn)
    daemon, spans, health = free_ports(3)
    to = endpoint or cloud.endpoint
    receivers, exporters = configuration["receivers"], configuration["exporters"]
    receivers["awsxray"]["endpoint"] = f"127.0.0.1:{daemon}"
    receivers["awsxray"]["proxy_server"]["endpoint"] = f"127.0.0.1:{daemon}"
    receivers["awsxray"]["proxy_server"]["aws_endpoint"] = to
    receivers["otlp"]["protocols"]["http"]["endpoint"] = f"127.0.0.1:{spans}"
    configuration["extensions"]["health_check"]["endpoint"] = f"127.0.0.1:{health}"
    if exporter == CollectorExporter.OTLP:
        exporters["otlphttp"]["traces_endpoint"] = f"{to}/v1/traces"
    else:
        exporters["awsxray"]["endpoint"] = to
    process = start_collector(configuration, folder, credentials, cloud.endpoint)
    collector = Collector(
        process,
        daemon,
        f"http://127.0.0.1:{spans}/v1/traces",
        f"http://127.0.0.1:{health}/",
        folder / "log",
    )

    def is_healthy() -> bool:
        assert process.poll() is None, collector.log.read_text()
        try:
            return requests.get(collector.health, timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    try:
        wait_for(is_healthy)
        yield collector
    finally:
        process.kill()
        process.wait()


def free_ports(count: int) -> list[int]:
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in sockets]
