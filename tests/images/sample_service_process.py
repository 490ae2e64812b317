"""A sample service as a process, between a downstream service and a tracing backend of the test."""

import json
import os
import random
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
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.program import ROOT

CALLER = "53995c3f42cd8ad8"
POD = {
    "CLUSTER_NAME": "demo",
    "NODE_NAME": "i-0123456789abcdef0.eu-central-1.compute.internal",
    "POD_NAME": "service-a-0",
    "POD_NAMESPACE": "sample",
    "POD_UID": "7c1f",
}
EVERYTHING = dict.fromkeys(("ResourceARN", "ServiceName", "Host", "HTTPMethod", "URLPath"), "*")
EVERY_REQUEST = {"FixedRate": 1.0, "ReservoirSize": 0, "Version": 1, "Attributes": {}}
RULES = [
    {"RuleName": "of-nodes", "Priority": 1, "ServiceType": "AWS::EC2::Instance"},
    {"RuleName": "of-pods", "Priority": 2, "ServiceType": "AWS::EKS::Container"},
]

Result = TypeVar("Result")


def wait_for(what: Callable[[], Result], seconds: float = 20) -> Result:
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + seconds
    while not (result := what()):
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.02)
    return result


def new_trace_id() -> str:
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


class Surroundings:
    """The daemon or collector of a service, and the downstream service that it calls."""

    def __init__(self) -> None:
        self.traced: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.hangs_up = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        around = self

        class Requests(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                around.calls.append(self.headers["X-Amzn-Trace-Id"])
                around.may_answer.wait(10)
                if not around.hangs_up:
                    self.answer({"service": "downstream"})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path == "/v1/traces":
                    around.traced += spans_in(body)
                rules = [{**rule, **EVERYTHING, **EVERY_REQUEST} for rule in RULES]
                self.answer({"SamplingRuleRecords": [{"SamplingRule": rule} for rule in rules]})

            def answer(self, document: object) -> None:
                body = b"" if self.path == "/v1/traces" else json.dumps(document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
        self.address = f"127.0.0.1:{http.server_port}"
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(http.server_address)
        for work in (http.serve_forever, self._receive):
            threading.Thread(target=work, daemon=True).start()

    def _receive(self) -> None:
        while datagram := self._udp.recv(65536):
            self.traced.append(json.loads(datagram.split(b"\n", 1)[1]))

    def find(self, trace_id: str) -> dict[str, Any]:
        """Waits for a segment or span of a trace, and returns it."""
        return wait_for(lambda: [each for each in self.traced if each["trace_id"] == trace_id])[0]


@dataclass
class Service:
    """The process, and what surrounds it."""

    url: str
    process: "subprocess.Popen[bytes]"
    log: Path
    around: Surroundings

    def get(self, trace_id: str | None = None, path: str = "/", sampled: int = 1) -> Any:
        """Gets the answer to a request, which is part of a trace where that is given."""
        value = f"Root={trace_id};Parent={CALLER};Sampled={sampled}"
        headers = {"X-Amzn-Trace-Id": value} if trace_id else {}
        return requests.get(self.url + path, headers=headers, timeout=20)

    def is_ready(self) -> bool:
        assert self.process.poll() is None
        try:
            return self.get(path="/healthz").ok
        except requests.ConnectionError:
            return False


def environment_of(sdk: str, address: str) -> dict[str, str]:
    """Returns the variables of a Deployment, as `components.agent.environment` has them."""
    if sdk == "xray":
        return {"AWS_XRAY_TRACING_NAME": "service-a", "AWS_XRAY_DAEMON_ADDRESS": address}
    return {
        "OTEL_SERVICE_NAME": "service-a",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}",
        "OTEL_PROPAGATORS": "xray",
        "OTEL_TRACES_SAMPLER": "xray",
        "OTEL_TRACES_SAMPLER_ARG": f"endpoint=http://{address}",
    }


@contextmanager
def running_service(sdk: str, log: Path, **variables: str) -> Generator[Service]:
    """Runs the service traced by an SDK, `xray` or `opentelemetry`, until the end of the block."""
    around = Surroundings()
    # Below the ports that this machine's outgoing connections take in the meantime.
    port = random.randrange(15000, 32000)
    inherited = {name: os.environ[name] for name in os.environ if not re.match("AWS_|OTEL_", name)}
    own = {"PORT": str(port), "DOWNSTREAM_URL": f"http://{around.address}", **variables}
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "sample_service"],
            cwd=ROOT / "images/sample-service",
            env={**inherited, **POD, **environment_of(sdk, around.address), **own},
            stderr=stderr,
        )
    try:
        service = Service(f"http://127.0.0.1:{port}", process, log, around)
        wait_for(service.is_ready)
        yield service
    finally:
        process.kill()
        process.wait()


def spans_in(body: bytes) -> list[dict[str, Any]]:
    """Returns the spans of an OTLP request, with trace ids as X-Ray writes them."""
    (of_resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    return [
        {
            "trace_id": re.sub("(.{8})(.{24})", r"1-\1-\2", span.trace_id.hex()),
            "attributes": str(span.attributes),
        }
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    ]
