"""A user's mistake gets one clear sentence and exit status 1 or 2."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support.program import ROOT
from tools.__main__ import main
from tools.lab.errors import ToolError
from tools.lab.interruption import SIGNALS
from tools.lab.project import read_project
from tools.rehearsal.program import check_settings

Refused = Callable[..., str]

REGION = "config:\n  aws:region: eu-west-1\n"


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Generator[Refused]:
    """Runs the command in this process and returns what it said on stderr."""
    handlers = {each: signal.getsignal(each) for each in SIGNALS}

    def run(*arguments: str) -> str:
        assert main(["demo", *arguments]) == 1
        return "".join(capsys.readouterr().err.partition("error: ")[1:])

    yield run
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("stack_file", "sentence"),
    [
        ("config: [", "Pulumi.wrong.yaml can't be read"),
        ("- a list", "Pulumi.wrong.yaml is malformed; it must be a mapping"),
        ("config: 3", "Pulumi.wrong.yaml is malformed; it must be a mapping, and its 'config'"),
        ("config: {}", "aws:region is not set; it must be an AWS region such as eu-west-1."),
        (f"{REGION}  hostport: true", "hostport is not a setting; did you mean hostPort?"),
    ],
)
def test_a_wrong_stack_file_is_refused(tmp_path: Path, stack_file: str, sentence: str) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes((ROOT / "Pulumi.yaml").read_bytes())
    (tmp_path / "Pulumi.wrong.yaml").write_text(stack_file, encoding="utf-8")
    with pytest.raises(ToolError) as raised:
        check_settings(read_project(tmp_path, "wrong"))
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--stack", "nowhere"], "there is no stack 'nowhere'; it must be one of article,"),
        (["--daemon", "missing"], "--daemon is 'missing'; it must be the X-Ray daemon for this"),
        (["--requests", "0"], "--requests is 0; it must be a number from 1 to 1000000."),
        (["--port", "70000"], "--port is 70000; it must be a number from 0 to 65535."),
        (["--load", "x"], "--load is 'x'; it must not be set without --kubeconfig."),
        (["--port", "80", "--kubeconfig", "x"], "--port is '80'; it must not be set with --kub"),
        (["--kubeconfig", "missing"], "there is no kubeconfig at missing: pass"),
    ],
)
def test_a_wrong_option_is_refused(refused: Refused, arguments: list[str], sentence: str) -> None:
    said = refused(*arguments)
    assert said.startswith(f"error: {sentence}")
    assert len(said.splitlines()) == 1


def test_a_port_in_use_is_refused(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("--port", str(port))
    assert f"--port is {port}; it must be a free port: Address already in use." in said


@pytest.mark.parametrize("arguments", [["--requests", "many"], ["--unknown"], ["--keep", "--json"]])
def test_wrong_usage_ends_with_status_2(
    refused: Refused, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with patch.dict(os.environ, TYPED="make demo"), pytest.raises(SystemExit) as left:
        refused(*arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith('usage: make demo ARGS="OPTION …"\n')


def test_an_old_python_is_refused_by_the_program() -> None:
    script = "import sys; sys.version_info = (3, 10, 0); import components"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "RunError: Python is 3.10; it must be 3.11 or newer." in ended.stderr
