import json
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.support.aws_here import aws_here
from tests.support.program import as_documented
from tests.tools.traces.documents_for_tests import T0, texts, trace_of, two_services
from tools.__main__ import main
from tools.traces.reader import IncompleteReadingError

TRACE_ID = f"1-{int(time.time()):08x}-{1:024x}"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("tools.traces.command.transaction_search", lambda _client: (False, ""))


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Serves an X-Ray API that has one trace."""
    secret = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "testing")
    documents = texts(*two_services(TRACE_ID, time.time() - T0, status=503))
    with aws_here() as url:
        client = boto3.client("xray", "eu-west-1", endpoint_url=url, **secret)
        client.put_trace_segments(TraceSegmentDocuments=documents)
        yield url


def failure(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Returns the sentence that the command ends with."""
    assert main(["traces", *options]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    return captured.err


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said\nno"}}, "GetTraceSummaries")


def test_the_map_and_the_traces_are_shown(
    endpoint: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    options = ["--endpoint-url", endpoint, "--html", str(page)]
    with patch.dict(os.environ, AWS_REGION="eu-west-1"):
        assert main(["traces", *options]) == 0
    output = capsys.readouterr().out
    assert re.search(r"client\n└── service-a .*\n(.*\n)+?    └── service-b", output)
    assert TRACE_ID in output
    assert max(map(len, output.partition("\nThe same as")[0].splitlines())) <= 80
    assert TRACE_ID in page.read_text(encoding="utf-8")


def test_one_trace_is_shown_with_its_resources(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--region", "eu-west-1", "--endpoint-url", endpoint, "--trace"]
    assert main(["traces", *options, TRACE_ID]) == 0
    output = capsys.readouterr().out
    assert "service-a-7d9c-x2x4z" in output
    assert "i-0123456789abcdef0" in output
    assert "ValueError: the answer is <not> 42" in output
    assert "at work (app.py:12)" in output
    assert failure(capsys, *options, "1-0-0") == "error: X-Ray has no trace 1-0-0.\n"
    assert main(["traces", *options, TRACE_ID, "--json"]) == 0
    result = as_documented(capsys.readouterr().out)
    assert [json.loads(each)["name"] for each in result["documents"]] == ["service-a", "service-b"]


def test_the_limit_and_that_few_traces_are_indexed_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    traces = [trace_of(*two_services(), trace_id=f"t{number}") for number in range(30)]
    page = tmp_path / "page.html"
    options = ["--region", "eu-west-1", "--limit", "3", "--html", str(page), "--open"]
    with (
        patch("webbrowser.open", return_value=False) as opened,
        patch("tools.traces.command.read_traces", return_value=traces),
        patch("tools.traces.command.transaction_search", return_value=(True, "[i]indexes 1%")),
    ):
        assert main(["traces", *options]) == 1
    output, said = capsys.readouterr()
    for part in ("30 requests", "The newest 3 of 30 traces", f" a page: {page.as_uri()}\n"):
        assert part in output
    opened.assert_called_once_with(page.as_uri())
    assert said.startswith("[i]indexes 1%\nerror: --open: no browser")
    assert "(incomplete)" in page.read_text(encoding="utf-8")


def test_what_is_missing_in_the_environment_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--region" in failure(capsys)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "credentials" in failure(capsys, "--region", "eu-west-1")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("ExpiredTokenException"), "log in again"),
        (refusal("UnrecognizedClientException"), "doesn't accept the credentials"),
        (refusal("AccessDeniedException"), "xray:BatchGetTraces"),
        (refusal("ThrottledException"), "Try again later"),
        (refusal("InvalidRequestException"), "said no"),
        (EndpointConnectionError(endpoint_url="https://xray"), "can't be reached"),
    ],
    ids=str,
)
def test_a_refusal_is_one_sentence(
    error: Exception, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with patch("tools.traces.command.read_traces", side_effect=error):
        assert expected in failure(capsys, "--region", "eu-west-1")


def test_an_endpoint_that_nothing_listens_at_fails_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert "can't be reached" in failure(capsys, "--endpoint-url", url)
    for wrong in ("nonsense", "http://127.0.0.1:99999", "http://"):
        assert wrong in failure(capsys, "--endpoint-url", wrong)


def test_what_was_read_is_shown_when_credentials_expire(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    incomplete = IncompleteReadingError([trace_of(*two_services())], 900)
    incomplete.__cause__ = refusal("ExpiredTokenException")
    page = tmp_path / "page.html"
    with patch("tools.traces.command.read_traces", side_effect=incomplete):
        assert main(["traces", "--region", "eu-west-1", "--html", str(page), "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(
        "error: Reading ended early: 1 of 900 traces listed were read. AWS"
    )
    assert not as_documented(captured.out)["complete"]
    assert "(incomplete)" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = str(tmp_path / "missing" / "page.html")
    with patch("tools.traces.command.read_traces", return_value=[]):
        sentence = failure(capsys, "--region", "eu-west-1", "--html", page)
    assert sentence == f"error: --html: {page} can't be written: No such file or directory.\n"


@pytest.mark.parametrize(
    "options", [["--minutes", "0"], ["--minutes", "nan"], ["--minutes", "x"], ["--limit", "0"]]
)
def test_wrong_usage_exits_with_2(options: list[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["traces", *options])
    assert exit_.value.code == 2
