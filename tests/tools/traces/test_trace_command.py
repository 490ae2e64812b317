import contextlib
import os
import re
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.server import ThreadedMotoServer

from tests.tools.traces.documents_for_tests import T0, texts, two_services
from tools.__main__ import main as run_tools
from tools.traces.command import Output
from tools.traces.reader import IncompleteReadingError
from tools.traces.trace import assemble_trace

if TYPE_CHECKING:
    from mypy_boto3_xray import XRayClient


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def trace_id(endpoint: str) -> str:
    client: XRayClient = boto3.client("xray", region_name="eu-west-1", endpoint_url=endpoint)
    now = time.time()
    trace_id = f"1-{int(now):08x}-{time.time_ns():024x}"
    documents = texts(*two_services(trace_id, now - T0, status=503))
    client.put_trace_segments(TraceSegmentDocuments=documents)
    return trace_id


def main(arguments: Sequence[str]) -> int:
    return run_tools(["traces", *arguments])


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said\nno"}}, "GetTraceSummaries")


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_the_map_and_the_traces_are_shown(
    endpoint: str, trace_id: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    options = ["--region", "eu-west-1", "--endpoint-url", endpoint, "--html", str(page)]
    assert main(options) == 0
    output = capsys.readouterr().out
    assert re.search(r"client\n└── service-a .*\n(.*\n)+?    └── service-b", output)
    assert trace_id in output
    assert max(map(len, output.splitlines())) <= 80
    assert trace_id in page.read_text(encoding="utf-8")


def test_the_limit_bounds_the_list_and_not_the_map(
    endpoint: str, trace_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    traces = [assemble_trace(f"t{number}", texts(*two_services())) for number in range(30)]
    with patch("tools.traces.command.read_traces", return_value=traces):
        assert main(["--region", "eu-west-1", "--limit", "3"]) == 0
    output = capsys.readouterr().out
    assert "30 requests" in output
    assert "The newest 3 of 30 traces" in output


def test_the_region_can_come_from_the_environment(
    endpoint: str,
    trace_id: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert main(["--endpoint-url", endpoint]) == 0
    assert trace_id in capsys.readouterr().out


def test_one_trace_is_shown_with_its_resources(
    endpoint: str, trace_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--region", "eu-west-1", "--endpoint-url", endpoint, "--trace", trace_id]
    assert main(options) == 0
    output = capsys.readouterr().out
    assert "service-a-7d9c-x2x4z" in output
    assert "i-0123456789abcdef0" in output
    assert "ValueError: the answer is <not> 42" in output


def test_an_unknown_trace_is_one_sentence(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--region", "eu-west-1", "--endpoint-url", endpoint, "--trace", "1-0-0")
    assert failure(capsys, *arguments) == "error: X-Ray has no trace 1-0-0.\n"


def test_a_missing_region_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--region" in failure(capsys)


def test_missing_credentials_are_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "credentials" in failure(capsys, "--region", "eu-west-1")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ExpiredTokenException", "log in again"),
        ("UnrecognizedClientException", "doesn't accept the credentials"),
        ("AccessDeniedException", "xray:BatchGetTraces"),
        ("ThrottledException", "Try again later"),
        ("InvalidRequestException", "said no"),
    ],
)
def test_a_refusal_is_one_sentence(
    code: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with patch("tools.traces.command.read_traces", side_effect=refusal(code)):
        assert expected in failure(capsys, "--region", "eu-west-1")


def test_an_api_that_cannot_be_reached_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    error = EndpointConnectionError(endpoint_url="https://xray.eu-west-1.amazonaws.com")
    with patch("tools.traces.command.read_traces", side_effect=error):
        assert "can't be reached" in failure(capsys, "--region", "eu-west-1")


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:99999", "http://"])
def test_a_wrong_endpoint_is_one_sentence(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert url in failure(capsys, "--region", "eu-west-1", "--endpoint-url", url)


def test_an_endpoint_that_nothing_listens_at_fails_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        started = time.monotonic()
        assert "can't be reached" in failure(capsys, "--region", "eu-west-1", "--endpoint-url", url)
        assert time.monotonic() - started < 5


def test_what_was_read_is_shown_when_credentials_expire(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    incomplete = IncompleteReadingError([assemble_trace("one", texts(*two_services()))], 900)
    incomplete.__cause__ = refusal("ExpiredTokenException")
    page = tmp_path / "page.html"
    with patch("tools.traces.command.read_traces", side_effect=incomplete):
        assert main(["--region", "eu-west-1", "--html", str(page)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: Only 1 of the 900 traces listed were read. AWS doesn't")
    assert "service-a" in captured.out
    assert "(incomplete)" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_one_sentence(
    endpoint: str, trace_id: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "missing" / "page.html"
    options = ["--region", "eu-west-1", "--endpoint-url", endpoint, "--html", str(page)]
    assert main(options) == 1
    assert capsys.readouterr().err == (
        f"error: --html: {page} can't be written: No such file or directory.\n"
    )


@pytest.mark.parametrize(
    "arguments", [["--minutes", "0"], ["--minutes", "nan"], ["--minutes", "x"], ["--limit", "0"]]
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2


def test_a_reader_that_leaves_early_is_told_to_the_caller() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    gone = os.fdopen(writing, "w")
    with pytest.raises(BrokenPipeError):
        Output(file=gone).print("text")
    with contextlib.suppress(BrokenPipeError):
        gone.close()
