"""The shell of GitHub's workflows does what it is for."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.program import ROOT
from tests.workflows.github_stand_in import install
from tests.workflows.workflow_files import ACTIONS, run_step, step, steps_in

STACKS = '[{"stack": "dev"}, {"stack": "prod", "runner": "inside-prod"}]'
ON_GITHUB = {"GITHUB_REPOSITORY": "example/repository", "RUN": "https://example.com/1"}

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not on PATH")


@needs_jq
@pytest.mark.parametrize(
    ("stack", "chosen"),
    [("", ["dev", "prod"]), ("prod", ["prod"]), ("dev", ["dev"])],
)
def test_the_stack_that_is_asked_for_is_deployed_or_all(
    tmp_path: Path, stack: str, chosen: list[str]
) -> None:
    output = tmp_path / "output"
    variables = {"STACK": stack, "STACKS": STACKS, "GITHUB_OUTPUT": str(output)}
    assert run_step(step("deploy", "jq "), tmp_path, variables).returncode == 0
    name, _, value = output.read_text().partition("=")
    assert name == "chosen"
    assert [each["stack"] for each in json.loads(value)] == chosen


@needs_jq
def test_a_stack_that_is_none_of_them_is_refused_in_a_sentence(tmp_path: Path) -> None:
    variables = {"STACK": "prd", "STACKS": STACKS, "GITHUB_OUTPUT": str(tmp_path / "output")}
    ended = run_step(step("deploy", "jq "), tmp_path, variables)
    assert ended.returncode == 1
    assert ended.stdout == f"::error::stack is 'prd'; it must be one of {STACKS}.\n"
    assert not (tmp_path / "output").exists()


def test_pulumi_is_of_the_version_that_the_program_is_for(tmp_path: Path) -> None:
    (action,) = ACTIONS
    (found,) = [each for each in steps_in(action) if each.get("id") == "pulumi"]
    output = tmp_path / "output"
    assert run_step(found, ROOT, {"GITHUB_OUTPUT": str(output)}).returncode == 0
    version = output.read_text().strip().removeprefix("version=")
    assert f"\npulumi=={version}\n" in (ROOT / "requirements.txt").read_text()


def open_issues(file: Path) -> list[dict[str, Any]]:
    return [each for each in json.loads(file.read_text()) if each["state"] == "open"]


def report_drift(folder: Path, stack: str, difference: str) -> None:
    (folder / "drift.txt").write_text(difference)
    ended = run_step(step("drift", "drift.md"), folder, {**ON_GITHUB, "STACK": stack})
    assert ended.returncode == 0, ended.stderr


def test_drift_opens_one_issue_for_each_stack_and_renews_it(tmp_path: Path) -> None:
    issues = install(tmp_path)
    report_drift(tmp_path, "dev", "~ Repository changed")
    report_drift(tmp_path, "prod", "- Repository gone")
    report_drift(tmp_path, "dev", "~ Key changed")
    dev, prod = open_issues(issues)
    assert (dev["title"], prod["title"]) == ("Drift in dev", "Drift in prod")
    assert "~ Key changed" in dev["body"]
    assert "~ Repository changed" not in dev["body"]
    assert "- Repository gone" in prod["body"]
    assert ON_GITHUB["RUN"] in dev["body"]


def test_an_issue_about_much_drift_is_no_longer_than_github_takes(tmp_path: Path) -> None:
    issues = install(tmp_path)
    report_drift(tmp_path, "dev", "~ Repository changed\n" * 10_000)
    (issue,) = open_issues(issues)
    assert len(issue["body"]) < 65_536
    assert issue["body"].endswith("\n```\n")


def test_the_issue_is_closed_once_nothing_differs(tmp_path: Path) -> None:
    issues = install(tmp_path)
    report_drift(tmp_path, "dev", "~ Repository changed")
    report_drift(tmp_path, "prod", "- Repository gone")
    closing = step("drift", "state=closed")
    for _ in range(2):
        assert run_step(closing, tmp_path, {**ON_GITHUB, "STACK": "dev"}).returncode == 0
        assert [each["title"] for each in open_issues(issues)] == ["Drift in prod"]


def test_a_difference_fails_the_comparison_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.write_text("#!/bin/sh\necho '~ Repository changed' >&2\nexit 1\n")
    pulumi.chmod(0o755)
    ended = run_step(step("drift", "pulumi refresh"), tmp_path, {"STACK": "dev"})
    assert ended.returncode == 1
    assert (tmp_path / "drift.txt").read_text() == "~ Repository changed\n"


def test_a_preview_that_fails_is_said_where_it_would_have_been(tmp_path: Path) -> None:
    issues = install(tmp_path)
    variables = {**ON_GITHUB, "STACK": "prod", "PULL_REQUEST": "7"}
    assert run_step(step("preview", "gh api"), tmp_path, variables).returncode == 0
    (comment,) = json.loads(issues.read_text())
    assert comment["number"] == 7
    assert "`prod` failed" in comment["body"]
    assert ON_GITHUB["RUN"] in comment["body"]


CHANGES = "# Changes\n\n## 1.2.3\n\n- Newer.\n\n## 1.2.2\n\n- Older.\n"


def find_version(folder: Path, tag: str) -> int:
    (folder / "build" / "dist").mkdir(parents=True)
    (folder / "build" / "dist" / "xray_on_kubernetes-1.2.3-py3-none-any.whl").touch()
    (folder / "CHANGELOG.md").write_text(CHANGES)
    return run_step(step("release", "CHANGELOG.md"), folder, {"GITHUB_REF_NAME": tag}).returncode


def test_a_release_says_what_its_version_changes(tmp_path: Path) -> None:
    assert find_version(tmp_path, "v1.2.3") == 0
    assert (tmp_path / "build" / "notes.md").read_text().strip() == "- Newer."


@pytest.mark.parametrize("tag", ["v1.2.2", "v1.2.4"])
def test_a_tag_of_another_version_makes_no_release(tmp_path: Path, tag: str) -> None:
    assert find_version(tmp_path, tag) != 0
