"""GitHub's workflows run what they say, with no more rights than they need."""

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

import pytest
import yaml

from tests.support.program import ROOT
from tests.workflows.workflow_files import ACTIONS, FOLDER, WORKFLOWS, jobs_in, read, steps_in

FILES: Final = [*WORKFLOWS, *ACTIONS]
ENVIRONMENTS: Final = (ROOT / "docs" / "environments.md").read_text(encoding="utf-8")

IDENTITY: Final = {"contents": "read", "id-token": "write"}
RIGHTS: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "acceptance": {"aws": IDENTITY},
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


def test_every_action_is_pinned_by_a_commit_of_one_version() -> None:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for file in FILES:
        used = re.findall(r"uses: *(.+)", file.read_text(encoding="utf-8"))
        assert len(used) == sum("uses" in each for each in steps_in(file))
        for action in used:
            if action.startswith("./"):
                assert (ROOT / action / "action.yaml").is_file(), action
            else:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
                name, _, version = action.partition("@")
                versions[name].add(version)
    assert {action: found for action, found in versions.items() if len(found) > 1} == {}


def test_every_job_has_the_rights_that_it_needs_and_no_others() -> None:
    assert {file.stem for file in WORKFLOWS} == set(RIGHTS)
    for file in WORKFLOWS:
        workflow = read(file)
        assert workflow["permissions"] == {}
        granted = {name: job["permissions"] for name, job in workflow["jobs"].items()}
        assert granted == RIGHTS[file.stem]
        assert all(job["timeout-minutes"] <= 90 for job in workflow["jobs"].values())


def test_no_key_is_kept_on_github() -> None:
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert set(re.findall(r"secrets\.(\w+)", text)) <= {"PULUMI_CONFIG_PASSPHRASE"}
        assert not re.search(r"access-key|_ACCESS_TOKEN|password", text)


def test_the_code_of_a_fork_never_runs_with_an_identity() -> None:
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    for file in WORKFLOWS:
        workflow = read(file)
        events = [workflow["on"]] if isinstance(workflow["on"], str) else workflow["on"]
        assert not {"pull_request_target", "workflow_run"}.intersection(events)
        for job in workflow["jobs"].values():
            if "pull_request" in events and job["permissions"].get("id-token"):
                assert own in job["if"].split(" && ")


def test_only_main_is_deployed_and_one_stack_at_a_time() -> None:
    stacks, deploy = jobs_in("deploy")["stacks"], jobs_in("deploy")["deploy"]
    assert deploy["environment"] == "${{ matrix.stack }}"
    assert jobs_in("preview")["preview"]["environment"] == "preview-${{ matrix.stack }}"
    assert jobs_in("drift")["drift"]["environment"] == "preview-${{ matrix.stack }}"
    assert "github.ref == 'refs/heads/main'" in stacks["if"].split(" && ")
    assert deploy["needs"] == "stacks"
    assert deploy["strategy"]["max-parallel"] == 1
    assert deploy["strategy"].get("fail-fast", True)
    group = "deploy-${{ matrix.stack }}"
    assert deploy["concurrency"] == {"group": group, "cancel-in-progress": False}


def test_the_acceptance_test_has_its_role_until_all_is_destroyed() -> None:
    job = jobs_in("acceptance")["aws"]
    assert "github.ref == 'refs/heads/main'" in job["if"].split(" && ")
    (given,) = [each["with"] for each in job["steps"] if "role" in each.get("with", {})]
    assert given["seconds"] >= 60 * job["timeout-minutes"]


def test_the_policy_pack_judges_previews_and_updates() -> None:
    for job in (jobs_in("preview")["preview"], jobs_in("deploy")["deploy"]):
        commands = [each for each in job["steps"] if "command" in each.get("with", {})]
        assert [each["with"]["policyPacks"] for each in commands] == ["./policy"]


def test_shell_steps_call_what_is_there_without_expressions() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for file in FILES:
        commands = "\n".join(each["run"] for each in steps_in(file) if "run" in each)
        assert "${{" not in commands
        assert set(re.findall(r"\bmake ([\w-]+)", commands)) <= targets
        for script in re.findall(r"^\.\S+", commands, re.MULTILINE):
            assert os.access(ROOT / script, os.X_OK), script


def test_every_python_that_the_package_is_for_is_tested() -> None:
    tested = jobs_in("test")["linux"]["strategy"]["matrix"]["python"]
    oldest = re.search(r'requires-python = ">=(3\.\d+)"', (ROOT / "pyproject.toml").read_text())
    assert oldest
    assert tested[0] == oldest[1]
    assert tested == [f"3.{11 + number}" for number in range(len(tested))]


MANIFESTS: Final = {
    "pip": "requirements*.txt",
    "npm": "package.json",
    "gomod": "go.mod",
    "maven": "pom.xml",
    "docker": "Dockerfile",
    "github-actions": "action.yaml",
}


@pytest.mark.parametrize(("ecosystem", "pattern"), MANIFESTS.items())
def test_dependency_updates_look_at_every_manifest(ecosystem: str, pattern: str) -> None:
    updates = yaml.safe_load((FOLDER / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    (update,) = [each for each in updates if each["package-ecosystem"] == ecosystem]
    listed = subprocess.check_output(
        ["git", "ls-files", f":(glob)**/{pattern}"], cwd=ROOT, text=True
    )
    folders = {PurePosixPath("/", each).parent for each in listed.splitlines()}
    assert folders
    patterns = update["directories"]
    assert [each for each in folders if not any(map(each.match, patterns))] == []


def test_base_images_have_digests_where_dependency_updates_find_them() -> None:
    for file in ROOT.glob("images/*/Dockerfile"):
        bases = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)", file.read_text(), re.MULTILINE)
        pinned = [
            each for each in bases if re.search("^[a-z][^$]*:[^$]+@sha256:[0-9a-f]{64}$", each)
        ]
        assert pinned == [each for each in bases if each != "scratch"] != []


def test_every_variable_of_the_workflows_is_documented() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in FILES)
    used = set(re.findall(r"\b(?:vars|secrets)\.(\w+)", text))
    assert used <= set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", ENVIRONMENTS))
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", ENVIRONMENTS, re.MULTILINE)) <= used
