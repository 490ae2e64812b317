"""Programs of ours with SDKs that others wrote: what runs each, and what it sends."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3

from tests.support.agents import on_node
from tests.support.aws_here import aws_here
from tests.support.open_telemetry_collector import ENVIRONMENT, running
from tests.support.program import ROOT
from tools.traces.reader import read_traces

X_RAY: Final = ("xray-python", "xray-node", "xray-go", "xray-java")
OPEN_TELEMETRY: Final = ("otel-python", "otel-node", "otel-java", "otel-go")

COMMANDS: Final[Mapping[str, str]] = {
    "python": "uv run --quiet --isolated --no-project --with-requirements requirements.txt app.py",
    "node": "npm install --silent --no-package-lock && node app.js",
    "go": "go run .",
    "java": "mvn -q --batch-mode compile org.codehaus.mojo:exec-maven-plugin:3.5.0:java "
    "-Dexec.cleanupDaemonThreads=false",
}

WAYS: Final = (("xray", "grpc"), ("random", "http/protobuf"))
"""The trace ids and the protocols of the programs with OpenTelemetry. W3C asks for random ids."""

FOLDER: Final = Path(__file__).parent
PATH: Final = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"

OWN_PATHS: Final = re.compile(
    r"(?<![\w:])/(?:home|opt|root|tmp|usr|var)/[^\" :()]*?([^\" :()/]*)(?=[\" :()])"
    r"|(?<= os/linux)#\S+"
)
"""Files of the machine that recorded, of which their names are kept, and its kernel."""

KEPT: Final = ("namespace", "operation", "origin", "status", "table_name", "type")
"""Fields whose values are the same each time."""

Document = dict[str, Any]


def documents_of(name: str, directory: Path) -> dict[str, list[Document]]:
    """Returns what a program sends, and what a collector makes of that."""
    if name in OPEN_TELEMETRY:
        return {f"{ids} ids, {how}": _from_spans(name, directory, ids, how) for ids, how in WAYS}
    with aws_here() as aws, socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.setblocking(False)
        address = f"127.0.0.1:{daemon.getsockname()[1]}"
        _run(name, directory, aws, AWS_XRAY_DAEMON_ADDRESS=address)
        texts = list[str]()
        with suppress(BlockingIOError):
            while True:
                texts.append(daemon.recv(65536).decode().partition("\n")[2])
    sent = _without_own_paths(texts)
    return {"sent": sent, "collector": through_collector(sent, directory)}


def through_collector(documents: Sequence[Document], directory: Path) -> list[Document]:
    """Returns what a collector makes of those documents that don't stop it."""
    with aws_here() as aws, collector(directory, aws) as (_, ports):
        send(filter(well_formed, documents), ports[2000])
        return _arrived(aws, datetime.fromtimestamp(documents[0]["start_time"], UTC))


@contextmanager
def collector(
    directory: Path, aws: str = ""
) -> Generator[tuple["subprocess.Popen[bytes]", Mapping[int, int]]]:
    """Runs the collector of a node until the end of the block, and gives its process and ports."""
    with running(on_node(), directory, aws) as (process, moved):
        ports = {old: new for new, old in moved.items()}
        for _ in range(200):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", ports[2000])).close()
                break
            time.sleep(0.1)
        yield process, ports


def send(documents: Iterable[Document], port: int) -> None:
    """Sends documents as the X-Ray SDKs do."""
    with socket.socket(type=socket.SOCK_DGRAM) as sending:
        for each in documents:
            datagram = b'{"format": "json", "version": 1}\n' + json.dumps(each).encode()
            sending.sendto(datagram, ("127.0.0.1", port))


def _from_spans(name: str, directory: Path, ids: str, protocol: str) -> list[Document]:
    with aws_here() as aws, collector(directory, aws) as (_, ports):
        environment = {
            "IDS": ids,
            "OTEL_PYTHON_ID_GENERATOR": ids,
            "OTEL_SERVICE_NAME": "shop",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{ports[4317 + (protocol != 'grpc')]}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_NODE_RESOURCE_DETECTORS": "env",
        }
        _run(name, directory, aws, **environment)
        return _arrived(aws, datetime.now(UTC))


def well_formed(document: Document) -> bool:
    """Returns whether all subsegments have a name."""
    return all("name" in each for each in document.get("subsegments", ()))


def outline(value: Any, key: str = "") -> Any:
    """Returns what is the same each time that a program runs: names, flags, and kinds of values."""
    if isinstance(value, dict):
        return {name: outline(value[name], name) for name in sorted(value)}
    if isinstance(value, list):
        return [] if key == "stack" else sorted(map(outline, value), key=json.dumps)
    if key == "name":
        return re.sub(r":\d+$", "", value)  # a port
    return value if key in KEPT or isinstance(value, bool | None) else type(value).__name__


def _run(name: str, directory: Path, aws: str, **environment: str) -> None:
    """Runs a program in a copy of its folder, with AWS at a URL, until it ends."""
    shutil.copytree(FOLDER / name, directory, dirs_exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "OTEL"))}
    given = {
        **ENVIRONMENT,
        "PATH": PATH,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": aws,
        "REMOTE_URL": f"{aws.replace('127.0.0.1', 'localhost')}/moto-api/",
    }
    command = ["sh", "-euc", COMMANDS[name.partition("-")[2]]]
    subprocess.run(command, cwd=directory, env=kept | given | environment, timeout=300, check=True)


def _without_own_paths(texts: Iterable[str]) -> list[Document]:
    return [json.loads(OWN_PATHS.sub(r"\1", text)) for text in texts]


def _arrived(aws: str, near: datetime) -> list[Document]:
    keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "testing")
    client = boto3.client("xray", "eu-west-1", endpoint_url=aws, **keys)
    window = near - timedelta(minutes=5), near + timedelta(minutes=5)
    until = time.monotonic() + 10
    while not read_traces(client, *window) and time.monotonic() < until:
        time.sleep(0.2)
    time.sleep(1)  # for what is sent on its own
    traces = read_traces(client, *window)
    return _without_own_paths(text for trace in traces for text in trace.documents.values())
