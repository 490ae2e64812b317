"""A user's mistake gets one clear sentence, exit status 1 or 2, and leaves nothing behind."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.rehearsal.rehearsals import (
    PROJECT,
    copy_of_project,
    environment,
    left_behind,
    rehearse,
)

CONFIGURATION = "config:\n  aws:region: eu-west-1\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(tmp_path_factory.mktemp("refusals"))


def _write_stack(folder: Path, text: str) -> None:
    (folder / "Pulumi.wrong.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("stack_file", "sentence"),
    [
        ("config: [", "Pulumi.wrong.yaml can't be read"),
        ("- a list", "Pulumi.wrong.yaml is malformed: it must be a mapping"),
        ("config: 3", "Pulumi.wrong.yaml is malformed: 'config' must be a mapping"),
        ("config: {}", "aws:region is not set; it must be an AWS region such as eu-west-1."),
        (
            f"{CONFIGURATION}  hostport: true",
            "hostport is not a setting; did you mean hostPort?",
        ),
        (
            f"{CONFIGURATION}  xray-on-kubernetes:hostPort: maybe\n"
            "  xray-on-kubernetes:namespace: A_b",
            'namespace is "A_b"; it must be a DNS label',
        ),
    ],
)
def test_a_wrong_stack_file_is_refused(folder: Path, stack_file: str, sentence: str) -> None:
    _write_stack(folder, stack_file)
    ended = rehearse(folder, "--stack", "wrong")
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1
    assert left_behind(folder) == []


def test_an_unknown_stack_is_refused_with_those_there_are(folder: Path) -> None:
    ended = rehearse(folder, "--stack", "nowhere")
    assert ended.stderr.startswith("error: there is no stack 'nowhere'; it must be one of article,")
    assert ended.returncode == 1


def test_a_gateway_needs_a_real_collector(folder: Path) -> None:
    keys = ("backend: collector", "gatewayReplicas: 1")
    settings = "".join(f"  xray-on-kubernetes:{key}\n" for key in keys)
    _write_stack(folder, CONFIGURATION + settings)
    ended = rehearse(folder, "--stack", "wrong")
    assert "error: gatewayReplicas is not 0; it must be while the collector is" in ended.stderr
    assert "give a real one with --collector PATH." in ended.stderr
    assert ended.returncode == 1
    assert left_behind(folder) == []


@pytest.mark.parametrize("program", ["missing", "/bin/true", "/etc/passwd", "/"])
def test_a_daemon_that_is_none_is_refused(folder: Path, program: str) -> None:
    ended = rehearse(folder, "--daemon", program)
    assert f"--daemon is '{program}'; it must be the X-Ray daemon" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert ended.returncode == 1


@pytest.mark.parametrize("content", [None, "", "clusters: 3", "\xff", "apiVersion: v1"])
def test_an_unreadable_kubeconfig_is_refused(
    folder: Path, tmp_path: Path, content: str | None
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    if content is not None:
        kubeconfig.write_bytes(content.encode("latin-1"))
    ended = rehearse(folder, "--kubeconfig", str(kubeconfig))
    assert f"--kubeconfig is '{kubeconfig}'; it must be a readable kubeconfig" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.returncode == 1


def test_a_port_in_use_is_refused(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = rehearse(folder, "--port", str(port))
    assert f"--port is {port}; it must be a free port: Address already in use." in ended.stderr
    assert ended.returncode == 1
    assert left_behind(folder) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--requests", "0"],
        ["--requests", "many"],
        ["--port", "70000"],
        ["--unknown"],
        ["surplus"],
    ],
)
def test_wrong_usage_ends_with_status_2(folder: Path, arguments: list[str]) -> None:
    ended = rehearse(folder, *arguments)
    assert ended.returncode == 2
    assert ended.stderr.startswith("usage: python -m rehearsal")
    assert "Traceback" not in ended.stderr


def test_an_old_python_is_refused_by_the_program() -> None:
    script = "import sys; sys.version_info = (3, 10, 0); import components"
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert "RunError: Python is 3.10; it must be 3.11 or newer." in ended.stderr


def test_an_old_python_is_refused_by_the_rehearsal() -> None:
    old = shutil.which("python3.10")
    if old is None or subprocess.run([old, "-V"], check=False, capture_output=True).returncode:
        pytest.skip("there is no older Python here")
    ended = subprocess.run(
        [old, "-m", "tools.rehearsal"],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr.strip() == "Python is 3.10; it must be 3.11 or newer."
    assert ended.returncode == 1
