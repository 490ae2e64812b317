"""The sample service as a process of its own, and the X-Ray daemon's place taken by the test."""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import requests

SERVICES = Path(__file__).parents[3] / "images/sample-service"

Result = TypeVar("Result")

POD = {
    "CLUSTER_NAME": "demo",
    "NODE_NAME": "i-0123456789abcdef0.eu-central-1.compute.internal",
    "POD_NAME": "service-b-0",
    "POD_NAMESPACE": "sample",
    "POD_UID": "7c1f",
}

RULE = {
    "RuleName": "eks-containers",
    "ResourceARN": "*",
    "Priority": 2,
    "FixedRate": 1.0,
    "ReservoirSize": 0,
    "ServiceName": "service-b",
    "ServiceType": "AWS::EKS::Container",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}
"""A sampling rule that the service comes under, and takes every request."""


def wait_for(what: Callable[[], Result | None], seconds: float = 8) -> Result:
    """Ask until the answer is true, and give it back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := what():
            return result
        time.sleep(0.02)
    raise TimeoutError("it did not come to be in time")


def new_trace_id() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Daemon:
    """Where the service sends its segments and asks for sampling rules, as the daemon would be."""

    def __init__(self, sampling_rules: list[dict[str, Any]] | None = None) -> None:
        self.segments: list[dict[str, Any]] = []
        daemon = self

        class SamplingCalls(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                rules = [{"SamplingRule": rule} for rule in sampling_rules or []]
                body = json.dumps({"SamplingRuleRecords": rules}).encode()
                self.send_response(404 if sampling_rules is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), SamplingCalls)
        self.address = f"127.0.0.1:{self._http.server_port}"
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self._http.server_port))

        def receive() -> None:
            while datagram := self._udp.recv(65536):
                header, document = datagram.decode().split("\n", 1)
                assert json.loads(header) == {"format": "json", "version": 1}
                daemon.segments.append(json.loads(document))

        threading.Thread(target=receive, daemon=True).start()
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def segments_of(self, trace_id: str) -> list[dict[str, Any]]:
        return [segment for segment in list(self.segments) if segment["trace_id"] == trace_id]

    def trace(self, trace_id: str, segments: int) -> dict[str, dict[str, Any]]:
        """Wait for so many segments of a trace, and give them by their names."""

        def arrived() -> dict[str, dict[str, Any]] | None:
            found = self.segments_of(trace_id)
            return {segment["name"]: segment for segment in found} if len(found) >= segments else {}

        return wait_for(arrived)


@dataclass
class Service:
    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    is_ready: bool = False

    def wait_until_ready(self) -> None:
        def answers() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            try:
                return requests.get(f"{self.url}/healthz", timeout=10).ok
            except requests.ConnectionError:
                return False

        self.is_ready = self.is_ready or wait_for(answers)

    def get(self, path: str = "/", trace_id: str | None = None, more: str = "Sampled=1") -> Any:
        """Get the answer to a request, which is part of a trace where that is given."""
        self.wait_until_ready()
        header = {"X-Amzn-Trace-Id": f"Root={trace_id};{more}"} if trace_id else {}
        return requests.get(self.url + path, headers=header, timeout=10)


def environment_of(**variables: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not re.search(r"^(AWS_|OTEL_|PORT$|XRAY_|POD_|NODE_|CLUSTER_|DOWN|DELAY|FAULT)", name)
    }
    return {**inherited, **variables}


@contextmanager
def running_process(log: Path, **variables: str) -> Generator[Service]:
    """Run the service until the end of the block; its first request waits until it is ready."""
    port = free_port()
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "sample_service"],
            cwd=SERVICES,
            env=environment_of(PORT=str(port), **variables),
            stderr=stderr,
        )
    try:
        yield Service(f"http://127.0.0.1:{port}", process, log)
    finally:
        process.kill()
        process.wait()


@contextmanager
def running_service(name: str, daemon: Daemon, log: Path, **variables: str) -> Generator[Service]:
    """Run the service traced by the X-Ray SDK."""
    with running_process(
        log, AWS_XRAY_TRACING_NAME=name, AWS_XRAY_DAEMON_ADDRESS=daemon.address, **variables
    ) as service:
        yield service
