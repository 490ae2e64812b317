import json
import os
import re
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.tools.rehearsal.stand_in_process import (
    HEADER,
    REGION,
    StandIn,
    environment_of,
    new_segment,
    running_stand_in,
    stored,
    wait_for,
)
from tools.rehearsal.stand_in.__main__ import main
from tools.rehearsal.stand_in.command_line import WHAT_THIS_IS


@pytest.fixture(scope="module")
def aws() -> Generator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def stand_in(aws: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[StandIn]:
    with running_stand_in(aws, tmp_path_factory.mktemp("stand-in")) as running:
        yield running


def test_every_segment_arrives_exactly_once(aws: str, stand_in: StandIn) -> None:
    segments = [new_segment() for _ in range(120)]
    stand_in.send_segments(*segments)
    once = Counter(segment["id"] for segment in segments)
    wait_for(lambda: stored(aws, *segments).total() >= len(segments))
    time.sleep(0.3)
    assert stored(aws, *segments) == once


def test_a_single_segment_is_not_kept_waiting(aws: str, stand_in: StandIn) -> None:
    segment = new_segment()
    stand_in.send_segments(segment)
    wait_for(lambda: stored(aws, segment), seconds=1)


def test_malformed_datagrams_are_skipped_and_the_next_good_one_arrives(
    aws: str, stand_in: StandIn
) -> None:
    good = new_segment()
    malformed = [
        b"",
        b"\xff\xfe",
        b"{}",
        HEADER,
        HEADER + "{",
        HEADER + "[]",
        '{"format": "xml", "version": 1}\n{}',
        json.dumps(good),
    ]
    stand_in.send(*malformed)
    stand_in.send_segments(good)
    wait_for(lambda: stored(aws, good))
    log = stand_in.log.read_text()
    assert f"Skipped malformed datagram number {len(malformed)}" in log
    assert log.count("Skipped malformed") == len(malformed)


def test_segments_not_taken_are_said_once_by_their_code(aws: str, stand_in: StandIn) -> None:
    incomplete, good = {"name": "service-a"}, new_segment()
    stand_in.send_segments(incomplete, incomplete)
    stand_in.send_segments(good)
    wait_for(lambda: stored(aws, good))
    assert stand_in.log.read_text().count("did not take segments, MissingParam (said once)") == 1


def test_sigterm_sends_what_has_arrived(aws: str, tmp_path: Path) -> None:
    segments = [new_segment() for _ in range(70)]
    with running_stand_in(aws, tmp_path) as stand_in:
        stand_in.send_segments(*segments)
        stand_in.process.send_signal(signal.SIGTERM)
        assert stand_in.process.wait(8) == 0
    assert stored(aws, *segments) == Counter(segment["id"] for segment in segments)


def test_access_denied_is_said_once(aws: str, tmp_path: Path) -> None:
    iam = boto3.client(
        "iam",
        region_name=REGION,
        endpoint_url=aws,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    iam.create_user(UserName="without-policy")
    key = iam.create_access_key(UserName="without-policy")["AccessKey"]
    environment = environment_of(key["AccessKeyId"], key["SecretAccessKey"])
    requests.post(f"{aws}/moto-api/reset-auth", data="0", timeout=5)
    try:
        with running_stand_in(aws, tmp_path, environment) as stand_in:
            for _ in range(2):
                stand_in.send_segments(new_segment())
                time.sleep(0.3)
            stand_in.process.send_signal(signal.SIGTERM)
            assert stand_in.process.wait(8) == 0
    finally:
        requests.post(f"{aws}/moto-api/reset-auth", data="Infinity", timeout=5)
    assert stand_in.log.read_text().count("did not take segments") == 1
    assert stand_in.log.read_text().count("<Code>AccessDenied</Code>") == 1


def test_posts_by_tcp_are_signed_and_answered_as_aws_answers_them(tmp_path: Path) -> None:
    received: list[tuple[str, bytes, str]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, body, self.headers["Authorization"]))
            self.send_response(429)
            self.send_header("Content-Length", "12")
            self.end_headers()
            self.wfile.write(b'{"is": "so"}')

    endpoint = HTTPServer(("127.0.0.1", 0), Endpoint)
    Thread(target=endpoint.serve_forever, daemon=True).start()
    with running_stand_in(f"http://127.0.0.1:{endpoint.server_port}", tmp_path) as stand_in:
        url = f"http://127.0.0.1:{stand_in.port}/SamplingTargets"
        answer = requests.post(url, data=b'{"a": 1}', timeout=5)
    assert (answer.status_code, answer.content) == (429, b'{"is": "so"}')
    ((path, body, authorization),) = received
    assert (path, body) == ("/SamplingTargets", b'{"a": 1}')
    assert re.match(
        rf"AWS4-HMAC-SHA256 Credential=rehearsal/\d+/{REGION}/xray/aws4_request", authorization
    )


def test_an_endpoint_that_does_not_answer_is_said_and_survived(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with running_stand_in(nowhere, tmp_path) as stand_in:
            stand_in.send_segments(new_segment())
            wait_for(lambda: "EndpointConnectionError (said once)" in stand_in.log.read_text())
            url = f"http://127.0.0.1:{stand_in.port}/GetSamplingRules"
            assert requests.post(url, data="{}", timeout=5).status_code == 502


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--version",), 0, "stand-in"),
        (("-n", REGION, "-r", "arn:aws:iam::123456789012:role/x"), 1, "No AWS credentials"),
        ((), 1, "No region"),
        (("-n", REGION), 1, "No AWS credentials"),
        (("-n", REGION, "-b", "2000"), 2, "'2000' is not address:port"),
    ],
)
def test_the_command_line_is_answered_like_the_real_one(
    arguments: tuple[str, ...],
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["stand_in", *arguments])
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SystemExit) as left:
        sys.exit(main())
    assert left.value.code == status
    output = capsys.readouterr()
    assert output.err.splitlines()[0] == WHAT_THIS_IS
    assert said in output.out + output.err
