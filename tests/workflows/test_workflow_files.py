"""GitHub's workflows run what they say, with no more rights than they need."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import pytest
import yaml

from tests.support.program import ROOT
from tests.workflows.workflow_files import ACTIONS, FOLDER, WORKFLOWS, jobs_in, read, steps_in

FILES: Final = [*WORKFLOWS, *ACTIONS]
ENVIRONMENTS: Final = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")

IDENTITY: Final = {"contents": "read", "id-token": "write"}
RIGHTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "deploy": {"stacks": {}, "deploy": IDENTITY},
    "drift": {"drift": {**IDENTITY, "issues": "write"}},
    "preview": {"preview": {**IDENTITY, "pull-requests": "write"}},
    "release": {
        "build": {"contents": "read"},
        "release": {"contents": "write", "id-token": "write", "attestations": "write"},
        "pypi": {"id-token": "write"},
    },
    "test": {"linux": {"contents": "read"}, "macos": {"contents": "read"}},
}
"""What each job may do, and none may do more."""


def named(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_action_is_pinned_by_a_commit_and_says_its_version(file: Path) -> None:
    used = re.findall(r"uses: *(.+)", file.read_text(encoding="utf-8"))
    assert len(used) == sum("uses" in each for each in steps_in(file))
    for action in used:
        if action.startswith("./"):
            assert (ROOT / action / "action.yaml").is_file(), action
        else:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_is_of_one_version_everywhere() -> None:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for action, version in re.findall(r"uses: ([\w/-]+)@(.+)", file.read_text("utf-8")):
            versions[action].add(version)
    assert {action: found for action, found in versions.items() if len(found) > 1} == {}


def test_every_job_has_the_rights_that_it_needs_and_no_others() -> None:
    assert {file.stem for file in WORKFLOWS} == set(RIGHTS)
    for file in WORKFLOWS:
        workflow = read(file)
        assert workflow["permissions"] == {}
        granted = {name: job["permissions"] for name, job in workflow["jobs"].items()}
        assert granted == RIGHTS[file.stem]


@pytest.mark.parametrize("file", WORKFLOWS, ids=named)
def test_no_job_runs_for_hours(file: Path) -> None:
    assert all(job["timeout-minutes"] <= 90 for job in read(file)["jobs"].values())


@pytest.mark.parametrize("file", FILES, ids=named)
def test_no_key_is_kept_on_github(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"PULUMI_CONFIG_PASSPHRASE"}
    assert not re.search(r"access-key|_ACCESS_TOKEN|password", text)


def test_the_code_of_a_fork_never_runs_with_an_identity() -> None:
    for file in WORKFLOWS:
        workflow = read(file)
        events = [workflow["on"]] if isinstance(workflow["on"], str) else workflow["on"]
        assert "pull_request_target" not in events
        assert "workflow_run" not in events
        for job in workflow["jobs"].values():
            if "pull_request" in events and job["permissions"].get("id-token"):
                conditions = job["if"].split(" && ")
                assert (
                    "github.event.pull_request.head.repo.full_name == github.repository"
                    in conditions
                )


def test_what_reads_and_what_deploys_are_environments_of_their_own() -> None:
    assert jobs_in("preview")["preview"]["environment"] == "preview-${{ matrix.stack }}"
    assert jobs_in("drift")["drift"]["environment"] == "preview-${{ matrix.stack }}"
    assert jobs_in("deploy")["deploy"]["environment"] == "${{ matrix.stack }}"


def test_only_main_is_deployed_one_stack_after_the_other_and_never_cut_short() -> None:
    stacks, deploy = jobs_in("deploy")["stacks"], jobs_in("deploy")["deploy"]
    assert "github.ref == 'refs/heads/main'" in stacks["if"].split(" && ")
    assert deploy["needs"] == "stacks"
    assert deploy["strategy"]["max-parallel"] == 1
    assert deploy["strategy"].get("fail-fast", True)
    assert deploy["concurrency"] == {
        "group": "deploy-${{ matrix.stack }}",
        "cancel-in-progress": False,
    }


@pytest.mark.parametrize("workflow", ["preview", "deploy"])
def test_the_policy_pack_judges_what_is_previewed_and_deployed(workflow: str) -> None:
    (job,) = [each for each in jobs_in(workflow).values() if "environment" in each]
    commands = [each for each in job["steps"] if "command" in each.get("with", {})]
    assert [each["with"]["policyPacks"] for each in commands] == ["./policy"]


@pytest.mark.parametrize("file", FILES, ids=named)
def test_what_a_shell_step_calls_is_there(file: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    commands = "\n".join(each["run"] for each in steps_in(file) if "run" in each)
    assert set(re.findall(r"\bmake ([\w-]+)", commands)) <= targets
    for script in re.findall(r"^\.\S+", commands, re.MULTILINE):
        assert os.access(ROOT / script, os.X_OK), script


@pytest.mark.parametrize("file", FILES, ids=named)
def test_no_expression_is_pasted_into_a_shell_step(file: Path) -> None:
    assert [each["run"] for each in steps_in(file) if "${{" in each.get("run", "")] == []


def test_every_python_that_the_package_is_for_is_tested() -> None:
    tested = jobs_in("test")["linux"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert oldest
    assert tested[0] == oldest[1]
    assert tested == [f"3.{11 + number}" for number in range(len(tested))]


MANIFESTS: Final[Mapping[str, str]] = {
    "pip": "requirements*.txt",
    "npm": "package.json",
    "docker": "Dockerfile",
    "github-actions": "action.yaml",
}
"""What each of Dependabot's ecosystems reads."""

NOT_OURS: Final = {".git", ".venv", "build", "node_modules"}


@pytest.mark.parametrize("ecosystem", MANIFESTS)
def test_dependency_updates_look_at_every_file_that_has_some(ecosystem: str) -> None:
    updates = yaml.safe_load((FOLDER / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    (update,) = [each for each in updates if each["package-ecosystem"] == ecosystem]
    pattern = MANIFESTS[ecosystem]
    ours = [each for each in ROOT.iterdir() if each.is_dir() and each.name not in NOT_OURS]
    files = [*ROOT.glob(pattern), *(file for each in ours for file in each.rglob(pattern))]
    folders = {PurePosixPath("/", each.parent.relative_to(ROOT)) for each in files}
    missed = [
        each
        for each in folders
        if not NOT_OURS.intersection(each.parts)
        and not any(each.match(directory) for directory in update["directories"])
    ]
    assert missed == []


def test_every_variable_of_the_workflows_is_documented() -> None:
    used = {
        name
        for file in FILES
        for name in re.findall(r"\b(?:vars|secrets)\.(\w+)", file.read_text(encoding="utf-8"))
    }
    documented = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", ENVIRONMENTS))
    assert used <= documented
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", ENVIRONMENTS, re.MULTILINE)) <= used
