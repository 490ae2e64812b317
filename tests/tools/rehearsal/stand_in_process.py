"""The stand-in for the daemon as a process of its own."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient

REPOSITORY = Path(__file__).parents[3]
REGION = "eu-central-1"
HEADER = '{"format": "json", "version": 1}\n'


def wait_for(what: Callable[[], object], seconds: float = 8) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)


def new_segment() -> dict[str, Any]:
    now = time.time()
    return {
        "name": "service-a",
        "id": secrets.token_hex(8),
        "trace_id": f"1-{int(now):08x}-{secrets.token_hex(12)}",
        "start_time": now,
        "end_time": now + 0.1,
    }


@dataclass
class StandIn:
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def send(self, *datagrams: str | bytes) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in datagrams:
                data = datagram if isinstance(datagram, bytes) else datagram.encode()
                sender.sendto(data, ("127.0.0.1", self.port))

    def send_segments(self, *segments: dict[str, Any]) -> None:
        self.send(*(HEADER + json.dumps(segment) for segment in segments))


def environment_of(key: str = "rehearsal", secret: str = "rehearsal") -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**inherited, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}


@contextmanager
def running_stand_in(
    endpoint: str, folder: Path, environment: dict[str, str] | None = None
) -> Generator[StandIn]:
    """Run the stand-in, ready to receive, until the end of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    (folder / "config.yaml").write_text(f"Version: 2\nEndpoint: {endpoint}\n")
    address = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "tools.rehearsal.stand_in", "-o", "-n", REGION]
    command += ["-b", address, "-t", address, "-l", "dev", "-m", "16"]
    with (folder / "log").open("wb") as stderr:
        process = subprocess.Popen(
            [*command, "-c", str(folder / "config.yaml")],
            cwd=REPOSITORY,
            env=environment or environment_of(),
            stderr=stderr,
        )
    stand_in = StandIn(process, port, folder / "log")

    def accepts() -> bool:
        assert process.poll() is None, stand_in.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(accepts)
        yield stand_in
    finally:
        process.kill()
        process.wait()


@cache
def xray_client(endpoint: str) -> "XRayClient":
    return boto3.client(
        "xray",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def stored(endpoint: str, *segments: dict[str, Any]) -> Counter[str]:
    """Count the segments AWS X-Ray has of these segments' traces, by their IDs."""
    traces = xray_client(endpoint).batch_get_traces(
        TraceIds=[segment["trace_id"] for segment in segments]
    )
    return Counter(
        segment.get("Id", "") for trace in traces["Traces"] for segment in trace.get("Segments", [])
    )
