"""One trace through three services without a tracing library, and one with the X-Ray SDK."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
import requests

from tests.clients.clients import PATH, collector
from tests.e2e.instrumentation.services import SERVICES, fetch, traced_environment
from tests.images.sample_service_process import POD, environment_of, wait_for
from tests.support.aws_here import aws_here
from tests.support.open_telemetry_collector import needs_collector
from tests.support.program import ROOT
from tools.rehearsal.network import free_port
from tools.traces.reader import read_traces

FIELDS: Final = {"metadata.name": "pod-1", "spec.nodeName": "node-1", "metadata.namespace": "shop"}


@contextmanager
def running(command: str, folder: Path, **environment: str) -> Generator[None]:
    given = {"PATH": PATH, "HOME": str(Path.home()), "AWS_EC2_METADATA_DISABLED": "true"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command.split(), cwd=folder, env=given | environment, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        process.kill()
        process.wait(timeout=20)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=20).ok
    except requests.ConnectionError:
        return False


@pytest.mark.slow
@needs_collector
@pytest.mark.skipif(
    not all(shutil.which(each, path=PATH) for each in ("uv", "npm", "mvn", "java")),
    reason="uv, npm, mvn and java are not all on PATH",
)
def test_one_trace_crosses_services_that_trace_nothing(tmp_path: Path) -> None:
    with aws_here() as aws, ExitStack() as stack:
        ports = stack.enter_context(collector(tmp_path, aws))[1]
        next_port = free_port()
        address = f"127.0.0.1:{ports[2000]}"
        variables = {**os.environ, **POD, **environment_of("xray", address)}
        kept = {key: each for key, each in variables.items() if key != "PATH"}
        own = kept | {"PORT": str(next_port), "AWS_XRAY_TRACING_NAME": "sample"}
        sample = tmp_path / "sample"
        sample.mkdir()
        stack.enter_context(
            running(
                f"env -C {ROOT / 'images/sample-service'} {sys.executable} -m sample_service",
                sample,
                **own,
            )
        )
        for name in reversed([*SERVICES]):
            (folder := tmp_path / name).mkdir()
            fetch(name, folder)
            port = free_port()
            environment = traced_environment(
                name,
                folder,
                address,
                FIELDS,
                PORT=str(port),
                NEXT_URL=f"http://127.0.0.1:{next_port}/",
                OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{ports[4318]}",
            )
            stack.enter_context(running(SERVICES[name].command, folder, **environment))
            next_port = port
        client = boto3.client(
            "xray", "eu-west-1", endpoint_url=aws, aws_access_key_id="a", aws_secret_access_key="b"
        )

        def whole() -> list[Any]:
            now = datetime.now(UTC)
            traces = read_traces(client, now - timedelta(minutes=5), now + timedelta(minutes=5))
            texts = [map(json.loads, trace.documents.values()) for trace in traces]
            named = [{each["name"]: each for each in documents} for documents in texts]
            return [each for each in named if each.keys() >= {*SERVICES, "sample"}]

        # Nobody has decided about the first: the sampler records one a second.
        url = f"http://127.0.0.1:{next_port}/"
        segments = wait_for(lambda: whole() if answers(url) else [], 60)[0]
    for name in SERVICES:
        assert segments[name]["aws"]["eks"]["pod"] == "pod-1"
        metadata = str(segments[name]["metadata"])
        assert "node-1" in metadata
