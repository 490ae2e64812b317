"""A mistake of the user's is one sentence and exit status 1 or 2, without a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.program import ROOT
from tools.rehearsal.command_line import parse


def verify(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.verify", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "500", "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def kubeconfig(folder: Path, server: str) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": server}}],
        "users": [{"name": "a", "user": {}}],
    }
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


def test_no_region(tmp_path: Path) -> None:
    ended = verify("--kubeconfig", str(kubeconfig(tmp_path, "https://127.0.0.1:9")))
    assert ended.returncode == 1
    assert ended.stderr == "error: No AWS region is set: pass --region, or set AWS_REGION.\n"


def test_a_kubeconfig_that_is_not_there(tmp_path: Path) -> None:
    ended = verify("--region", "eu-west-1", "--kubeconfig", str(tmp_path / "none"))
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: --kubeconfig is ")
    assert "it must be a readable kubeconfig" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_kubeconfig_that_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "kubeconfig").write_text("a: [", encoding="utf-8")
    ended = verify("--region", "eu-west-1", "--kubeconfig", str(tmp_path / "kubeconfig"))
    assert ended.returncode == 1
    assert "it must be a readable kubeconfig" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_kubeconfig_at_all() -> None:
    ended = verify("--region", "eu-west-1")
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: --kubeconfig is the default one; it must be a readable")


def test_a_cluster_that_does_not_answer(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    ended = verify("--region", "eu-west-1", "--kubeconfig", str(file))
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: the cluster doesn't answer: ")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("timeout", ["0", "3601", "1.5", "x"])
def test_a_timeout_out_of_bounds(timeout: str) -> None:
    ended = verify("--region", "eu-west-1", "--timeout", timeout)
    assert ended.returncode == 2
    assert f"'{timeout}' must be a whole number from 1 to 3600" in ended.stderr


@pytest.mark.parametrize("flag", ["--load", "--reached-at"])
def test_options_of_a_cluster_are_refused_without_one(
    flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse([flag, "value"])
    assert f"{flag} is 'value'; it must be left out unless --kubeconfig" in capsys.readouterr().err
