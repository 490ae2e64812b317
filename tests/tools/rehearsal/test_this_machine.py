"""What a machine, a browser on it, and a stack's file may have that a rehearsal must stand."""

import io
import sys
from pathlib import Path

import pytest
import requests

from components.cluster.kubeconfig import cluster_name_in
from tools.__main__ import main
from tools.lab.direct import reach_directly
from tools.lab.errors import ToolError
from tools.lab.project import read_project
from tools.rehearsal.aws.cloud import start_cloud
from tools.rehearsal.run import PAGE, take_folder

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def configured(folder: Path, text: str) -> dict[str, str]:
    """Returns the configuration of a stack with a text as its file."""
    (folder / "Pulumi.yaml").write_text("name: shop\nconfig: {}\n", "utf-8")
    (folder / "Pulumi.dev.yaml").write_text(text, "utf-8")
    return read_project(folder, "dev").configuration


@pytest.mark.parametrize("bomb", [f"config:\n  a: b\n{BOMB}", "config: &a {b: *a}", "c: &c [*c]"])
def test_anchors_that_are_repeated_without_end_are_refused(bomb: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"Pulumi.dev.yaml has more than 10,000 values; it must"):
        configured(tmp_path, bomb)


def test_an_encrypted_kubeconfig_is_no_obstacle(tmp_path: Path) -> None:
    text = "config: {shop:kubeconfig: {secure: v1:a}, github:token: {secure: v1:b}}"
    assert cluster_name_in(configured(tmp_path, text)["shop:kubeconfig"]) == "a"


@pytest.mark.parametrize("value", ["{secure: v1:a}", "{a: {secure: v1:a}}", "[{secure: v1:a}]"])
def test_another_setting_that_is_encrypted_is_named(value: str, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"^shop:tags in Pulumi.dev.yaml is encrypted, and only"):
        configured(tmp_path, f"config: {{shop:tags: {value}}}")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_a_character_that_the_output_lacks_is_no_traceback(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stderr", output)
    assert main(["demo", "--stack", "✓ dev"]) == 1
    output.seek(0)
    assert f"there is no stack '{'✓' if encoding == 'utf-8' else '?'} dev'" in output.read()


@pytest.mark.parametrize("named", [{}, {"NO_PROXY": "a.example"}, {"no_proxy": "*"}])
@pytest.mark.parametrize("proxy", ["HTTP_PROXY", "all_proxy"])
def test_what_is_on_this_machine_is_not_asked_through_a_proxy(
    named: dict[str, str], proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "no_proxy": "",
        "NO_PROXY": "",
        proxy: "http://127.0.0.1:9",
        **named,
    }.items():
        monkeypatch.setenv(name, value)
    reach_directly("127.0.0.1")
    with start_cloud("eu-west-1") as cloud:
        assert cloud.client("xray").get_sampling_rules()["SamplingRuleRecords"]
        assert requests.get(f"{cloud.endpoint}/moto-api/", timeout=5).ok


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": "https://a.example"}, False),
        ({"Origin": "null"}, False),
        ({"Host": "a.example"}, False),
        ({"Host": "127.0.0.1.a.example:80"}, False),
    ],
)
def test_a_page_in_a_browser_is_refused(headers: dict[str, str], allowed: bool) -> None:
    with start_cloud("eu-west-1") as cloud:
        answer = requests.get(f"{cloud.endpoint}/moto-api/", headers=headers, timeout=5)
        assert answer.ok == allowed


def test_two_rehearsals_write_into_two_folders(tmp_path: Path) -> None:
    folder = tmp_path / "build" / "rehearsal"
    folder.mkdir(parents=True)
    (folder / PAGE).write_text("of another stack")
    first, kept = take_folder(folder)
    second, _ = take_folder(folder)
    assert (first.name, second.name) == ("rehearsal", "rehearsal-2")
    assert not (folder / PAGE).exists()
    kept.release()
    assert take_folder(folder)[0] == first
