"""The shell steps of GitHub's workflows do what they are for."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.program import ROOT
from tests.workflows.workflow_files import ACTIONS, install, run_step, step, steps_in

STACKS = '[{"stack": "dev"}, {"stack": "prod", "runner": "inside-prod"}]'
ON_GITHUB = {"GITHUB_REPOSITORY": "example/shop", "RUN": "https://example.com/1", "STACK": "dev"}

GH = """
echo "$@" >>calls
case "$*" in *--jq*) cat open ;; esac
"""
"""GitHub's CLI, which writes its calls down, and knows the numbers of issues in the file `open`."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a step runs, with one open issue."""
    install(tmp_path, "gh", GH)
    (tmp_path / "open").write_text("7\n")
    return tmp_path


def calls_in(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines()


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not on PATH")
@pytest.mark.parametrize(
    ("stack", "chosen"), [("", ["dev", "prod"]), ("prod", ["prod"]), ("prd", [])]
)
def test_the_chosen_stack_is_deployed_or_all(folder: Path, stack: str, chosen: list[str]) -> None:
    output = folder / "output"
    variables = {"STACK": stack, "STACKS": STACKS, "GITHUB_OUTPUT": str(output)}
    ended = run_step(step("deploy", "jq "), folder, variables)
    assert ended.returncode == (0 if chosen else 1)
    if chosen:
        stacks = json.loads(output.read_text().removeprefix("chosen="))
        assert [each["stack"] for each in stacks] == chosen
    else:
        assert ended.stdout == f"::error::stack is 'prd'; it must be one of {STACKS}.\n"
        assert not output.exists()


def test_pulumi_is_of_the_version_that_the_program_pins(folder: Path) -> None:
    (action,) = ACTIONS
    (found,) = [each for each in steps_in(action) if each.get("id") == "pulumi"]
    output = folder / "output"
    assert run_step(found, ROOT, {"GITHUB_OUTPUT": str(output)}).returncode == 0
    version = output.read_text().strip().removeprefix("version=")
    assert f"\npulumi=={version} \\\n" in (ROOT / "requirements.txt").read_text()


@pytest.mark.parametrize("is_on_main", [False, True])
def test_a_release_is_of_a_commit_on_main(folder: Path, is_on_main: bool) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (
        "init",
        "commit --allow-empty -m a",
        "update-ref refs/remotes/origin/main HEAD",
    ):
        subprocess.run([*git, *command.split()], cwd=folder, check=True)
    if not is_on_main:
        subprocess.run([*git, "commit", "--allow-empty", "-m", "b"], cwd=folder, check=True)
    ended = run_step(step("release", "merge-base"), folder, {"GITHUB_REF_NAME": "v1.2.3"})
    assert ended.returncode == (0 if is_on_main else 1), ended.stdout
    assert is_on_main == ("::error::" not in ended.stdout)


@pytest.mark.parametrize("is_open", [False, True])
def test_drift_opens_an_issue_or_renews_the_open_one(folder: Path, is_open: bool) -> None:
    (folder / "open").write_text("7\n" if is_open else "")
    (folder / "drift.txt").write_text("~ Repository changed\n" * 10_000)
    assert run_step(step("drift", "drift.md"), folder, ON_GITHUB).returncode == 0
    found, written = calls_in(folder)
    assert "repos/example/shop/issues?state=open&labels=drift,dev " in found
    to = "--method=PATCH repos/example/shop/issues/7" if is_open else "repos/example/shop/issues"
    assert written.startswith(f"api --silent {to} --raw-field title=Drift in dev ")
    assert "body=@drift.md --raw-field labels[]=drift --raw-field labels[]=dev" in written
    body = (folder / "drift.md").read_text()
    assert ON_GITHUB["RUN"] in body
    assert "~ Repository changed\n" in body
    assert body.endswith("\n```\n")
    # More is refused by GitHub.
    assert len(body) < 65_536


@pytest.mark.parametrize("is_open", [False, True])
def test_the_issue_is_closed_once_nothing_differs(folder: Path, is_open: bool) -> None:
    (folder / "open").write_text("7\n" if is_open else "")
    assert run_step(step("drift", "state=closed"), folder, ON_GITHUB).returncode == 0
    closed = "api --silent --method PATCH repos/example/shop/issues/7 --raw-field state=closed"
    assert calls_in(folder)[1:] == ([closed] if is_open else [])


def test_a_difference_fails_the_comparison_and_is_kept(folder: Path) -> None:
    install(folder, "pulumi", "echo '~ Repository changed' >&2\nexit 1\n")
    assert run_step(step("drift", "pulumi refresh"), folder, ON_GITHUB).returncode == 1
    assert (folder / "drift.txt").read_text() == "~ Repository changed\n"


def test_a_failed_preview_is_said_in_the_pull_request(folder: Path) -> None:
    variables = {**ON_GITHUB, "PULL_REQUEST": "7"}
    assert run_step(step("preview", "gh api"), folder, variables).returncode == 0
    (call,) = calls_in(folder)
    assert "repos/example/shop/issues/7/comments" in call
    assert "`dev` failed" in call
    assert ON_GITHUB["RUN"] in call


@pytest.mark.parametrize(
    ("tag", "notes"), [("v1.2.3", "- Newer."), ("v1.2.2", None), ("v1.2.4", None)]
)
def test_a_release_is_of_its_tag_alone(folder: Path, tag: str, notes: str | None) -> None:
    (folder / "build/dist").mkdir(parents=True)
    (folder / "build/dist/xray_on_kubernetes-1.2.3-py3-none-any.whl").touch()
    (folder / "CHANGELOG.md").write_text(
        "# Changes\n\n## 1.2.3\n\n- Newer.\n\n## 1.2.2\n\n- Older.\n"
    )
    ended = run_step(step("release", "CHANGELOG.md"), folder, {"GITHUB_REF_NAME": tag})
    assert (ended.returncode == 0) == (notes is not None)
    if notes:
        assert (folder / "build/notes.md").read_text().strip() == notes
