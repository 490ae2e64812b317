"""Programs of ours with SDKs that others wrote: what runs each, and what it sends."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
from moto.server import ThreadedMotoServer

from tests.support.agents import on_node
from tests.support.open_telemetry_collector import COLLECTOR, ENVIRONMENT, on_free_ports, write
from tests.support.program import ROOT
from tools.traces.reader import read_traces
from tools.traces.trace import Trace

CLIENTS: Final[Mapping[str, tuple[str, str]]] = {
    "xray-python": ("uv run --quiet --script app.py", ""),
    "xray-node": ("npm install --silent --no-package-lock && node app.js", ""),
    "xray-go": ("go run .", ""),
    "xray-java": ("mvn -q --batch-mode compile org.codehaus.mojo:exec-maven-plugin:3.5.0:java", ""),
    "otel-python": ("uv run --quiet --script app.py", "http/protobuf"),
    "otel-node": (
        "npm install --silent --no-package-lock && "
        "node --require @opentelemetry/auto-instrumentations-node/register app.js",
        "grpc",
    ),
}
"""The command of each, in its folder, and by which protocol those with OpenTelemetry send."""

FOLDER: Final = Path(__file__).parent
PATH: Final = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
RECORDED: Final = FOLDER / "recorded"

OWN_PATHS: Final = re.compile(
    r"(?<![\w:])/(?:home|opt|root|tmp|usr|var)/[^\" :()]*?([^\" :()/]*)(?=[\" :()])"
)
"""Files of the machine that recorded, of which their names are kept."""

KEPT: Final = ("namespace", "operation", "origin", "status", "table_name", "type")
"""Fields whose values are the same each time."""

Document = dict[str, Any]


def sent_by(name: str, folder: Path, aws: str) -> list[Document]:
    """Returns what a program with an X-Ray SDK sends to the daemon's port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{daemon.getsockname()[1]}"
        run(name, folder, aws, {"AWS_XRAY_DAEMON_ADDRESS": address})
        return [json.loads(OWN_PATHS.sub(r"\1", each)) for each in _received(daemon)]


def run(name: str, folder: Path, aws: str, environment: dict[str, str]) -> None:
    """Runs a program in a copy of its folder, with AWS at a URL, until it ends."""
    shutil.copytree(FOLDER / name, folder, dirs_exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "OTEL"))}
    given = {
        "PATH": PATH,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": aws,
        "REMOTE_URL": f"{aws.replace('127.0.0.1', 'localhost')}/moto-api/",
    }
    command = ["sh", "-euc", CLIENTS[name][0]]
    subprocess.run(command, cwd=folder, env=kept | given | environment, timeout=300, check=True)


def through_collector(documents: Sequence[Document], folder: Path, aws: str) -> list[Trace]:
    """Returns the traces that a collector makes of what an X-Ray SDK sent."""
    with _collector(folder, aws) as ports, socket.socket(type=socket.SOCK_DGRAM) as sending:
        for each in documents:
            datagram = b'{"format": "json", "version": 1}\n' + json.dumps(each).encode()
            sending.sendto(datagram, ("127.0.0.1", ports[2000]))
        return _arrived(aws, datetime.fromtimestamp(documents[0]["start_time"], UTC))


def by_collector(name: str, folder: Path, aws: str) -> list[Trace]:
    """Returns the traces that a collector makes of what a program with OpenTelemetry sends."""
    protocol = CLIENTS[name][1]
    with _collector(folder, aws) as ports:
        environment = {
            "OTEL_SERVICE_NAME": "shop",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{ports[4317 + (protocol != 'grpc')]}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_PROPAGATORS": "xray",
            "OTEL_PYTHON_ID_GENERATOR": "xray",
            "OTEL_NODE_RESOURCE_DETECTORS": "env",
            "OTEL_NODE_DISABLED_INSTRUMENTATIONS": "net",
        }
        run(name, folder / "program", aws, environment)
        return _arrived(aws, datetime.now(UTC))


@contextmanager
def aws_here() -> Generator[str]:
    """Serves AWS, with nothing in it, and gives its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()
    try:
        yield url
    finally:
        server.stop()


def documents_of(traces: Iterable[Trace]) -> list[Document]:
    """Returns the documents of some traces, without what only their machine has."""
    texts = [text for trace in traces for text in trace.documents.values()]
    return [json.loads(OWN_PATHS.sub(r"\1", text)) for text in texts]


def outlines(documents: Iterable[Document]) -> list[Any]:
    """Returns what is the same each time that a program runs: names, flags, and kinds of values."""
    return sorted(map(_outline, documents), key=json.dumps)


def _outline(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _outline(value[name], name) for name in sorted(value)}
    if isinstance(value, list):
        return [] if key == "stack" else [_outline(each) for each in value]
    if key == "name":
        return re.sub(r":\d+$", "", value)  # a port
    return value if key in KEPT or isinstance(value, bool | None) else type(value).__name__


def _received(daemon: socket.socket) -> Iterator[str]:
    daemon.setblocking(False)
    while True:
        try:
            yield daemon.recv(65536).decode().partition("\n")[2]
        except BlockingIOError:
            return


@contextmanager
def _collector(folder: Path, aws: str) -> Generator[Mapping[int, int]]:
    """Runs the collector of a node until the end of the block, and gives its ports."""
    file = write(on_node(), folder)
    ports = {old: new for new, old in on_free_ports(file).items()}
    environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL": aws}
    with (folder / "log").open("wb") as log:
        command = [str(COLLECTOR), f"--config={file}"]
        process = subprocess.Popen(command, env=environment, stderr=log)
    try:
        health = f"http://127.0.0.1:{ports[13133]}/"
        until = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(health, timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.05)
        yield ports
    finally:
        process.terminate()
        process.wait(timeout=30)


def _arrived(aws: str, near: datetime) -> list[Trace]:
    keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "testing")
    client = boto3.client("xray", "eu-west-1", endpoint_url=aws, **keys)
    window = near - timedelta(minutes=5), near + timedelta(minutes=5)
    for _ in range(50):
        if read_traces(client, *window):
            break
        time.sleep(0.2)
    time.sleep(1)  # for what is sent on its own
    return read_traces(client, *window)


def well_formed(documents: Sequence[Document]) -> list[Document]:
    """Returns the documents whose subsegments all have a name."""
    return [
        document
        for document in documents
        if all("name" in each for each in document.get("subsegments", ()))
    ]
