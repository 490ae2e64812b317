"""checkov finds nothing unsafe in Kubernetes objects and Dockerfiles, but for what is explained.

AWS resources are judged by this project's own policy pack (tests/policy/test_own_stacks.py).
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.e2e.linters.manifests import STACKS, write_manifests
from tests.support.program import ROOT

CHECKOV: Final = ROOT / ".venv/checkov/bin/checkov"

OF_THE_ARTICLE: Final[Mapping[str, str]] = {
    "CKV_K8S_21": "The article deploys into the namespace default.",
    "CKV_K8S_26": "The article opens the daemon's port on the node.",
}
"""Why a check fails of the Kubernetes objects of the stack `article`, and of no other."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHECKOV.is_file(), reason="make test-all installs checkov"),
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What checkov says of everything, by the kind of file; it takes long to start."""
    folder = tmp_path_factory.mktemp("checkov")
    write_manifests(folder)
    shutil.copy(ROOT / "tests/support/aws_samples.yaml", folder)
    for image in ("xray-daemon", "sample-service"):
        (folder / image).mkdir()
        shutil.copy(ROOT / "images" / image / "Dockerfile", folder / image)
    options = ["--compact", "--skip-download", "--output=json", "--directory", str(folder)]
    command = [str(CHECKOV), *options, "--framework", "kubernetes", "dockerfile"]
    ended = subprocess.run(command, check=False, stdout=subprocess.PIPE)
    return {each["check_type"]: each for each in json.loads(ended.stdout)}


def failed(report: Mapping[str, Any], path: str) -> set[str]:
    """Returns the checks that failed of a file, or of those in a folder."""
    checks = report["results"]["failed_checks"]
    return {each["check_id"] for each in checks if each["file_path"].startswith(path)}


def test_everything_was_understood(reports: Mapping[str, Any]) -> None:
    summaries = {kind: report["summary"] for kind, report in reports.items()}
    assert summaries["kubernetes"]["passed"] >= 600
    assert summaries["dockerfile"]["passed"] >= 60
    assert {each["parsing_errors"] for each in summaries.values()} == {0}


def test_unsafe_objects_are_found_and_only_the_article_has_some(reports: Mapping[str, Any]) -> None:
    for name in STACKS:
        explained = set(OF_THE_ARTICLE if name == "article" else ())
        assert failed(reports["kubernetes"], f"/{name}.yaml") == explained
    assert len(failed(reports["kubernetes"], "/aws_samples.yaml")) >= 15


def test_skipped_checks_of_dockerfiles_are_explained(reports: Mapping[str, Any]) -> None:
    assert failed(reports["dockerfile"], "/") == set()
    for skipped in reports["dockerfile"]["results"]["skipped_checks"]:
        assert skipped["check_result"]["suppress_comment"].strip()
