"""The stand-in for the collector as a process, with a configuration that the program makes."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
import yaml

from components.agent.agents import CollectorExporter
from components.agent.collector.configuration import collector_configuration
from components.agent.collector.exporters import WayOut, way_to_aws
from components.agent.daemon.command import LogLevel
from components.agent.pod.ip_family import IpFamily
from tests.tools.rehearsal.stand_in_process import REGION, REPOSITORY, wait_for
from tools.rehearsal.aws.cloud import AwsCredentials, Cloud
from tools.rehearsal.collector_files import on_this_machine, towards
from tools.rehearsal.network import free_port

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
            [sys.executable, "-m", "tools.rehearsal.stand_in.collector", f"--config={file}"],
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
    ports: dict[int, int] = {}
    here = on_this_machine(
        program_configuration(way, role_arn), lambda port: ports.setdefault(port, free_port()), []
    )
    configuration = towards(here, endpoint or cloud.endpoint)
    process = start_collector(configuration, folder, credentials, cloud.endpoint)
    collector = Collector(
        process,
        ports[2000],
        f"http://127.0.0.1:{ports[4318]}/v1/traces",
        f"http://127.0.0.1:{ports[13133]}/",
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
