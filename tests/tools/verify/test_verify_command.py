"""A mistake of the user's is one sentence and exit status 1 or 2, without a traceback."""

import argparse
from pathlib import Path

import pytest
import yaml

from tools.lab.errors import ToolError
from tools.verify.command import add_options, run


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes away what the user of this machine has set."""
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "KUBECONFIG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")


def refusal_of(*arguments: str) -> str:
    """Returns the sentence that the command ends with."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    with pytest.raises(ToolError) as refused:
        run(parser.parse_args(arguments))
    return str(refused.value)


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


def test_a_region_is_needed() -> None:
    assert refusal_of() == "No AWS region is set: pass --region, or set AWS_REGION."


@pytest.mark.parametrize("content", [None, "a: [", "", "a: b"])
def test_an_unreadable_kubeconfig_is_named(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    sentence = refusal_of("--region", "eu-west-1", "--kubeconfig", str(file))
    assert sentence.startswith(f"--kubeconfig is '{file}'; it must be a readable kubeconfig: ")


def test_a_cluster_that_does_not_answer_is_told(tmp_path: Path) -> None:
    file = kubeconfig(tmp_path, "http://127.0.0.1:9")
    sentence = refusal_of("--region", "eu-west-1", "--kubeconfig", str(file))
    assert sentence.startswith("the cluster doesn't answer: ")
    assert "\n" not in sentence


def test_an_endpoint_that_does_not_answer_is_told() -> None:
    url = "http://127.0.0.1:9"
    sentence = refusal_of("--region", "eu-west-1", "--endpoint-url", url)
    assert f"{url} can't be reached" in sentence


@pytest.mark.parametrize("timeout", ["0", "3601", "1.5", "x"])
def test_a_timeout_out_of_bounds_is_refused(
    timeout: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        refusal_of("--timeout", timeout)
    assert f"'{timeout}' must be a whole number from 1 to 3600" in capsys.readouterr().err
