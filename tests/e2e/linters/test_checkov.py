"""checkov finds nothing unsafe in what the program makes, but for what is explained here."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.e2e.linters import manifests
from tests.e2e.linters.terraform import write_terraform
from tests.support.program import ROOT, declare

CHECKOV: Final = ROOT / ".venv/checkov/bin/checkov"
FRAMEWORKS: Final = ("terraform_json", "kubernetes", "dockerfile")

CLOSED: Final[dict[str, Any]] = {
    "privateNetwork": True,
    "publicAccessCidrs": [],
    "vpcEndpoints": ["xray", "sts", "eks-auth", "ecr", "ec2"],
    "architectures": ["amd64", "arm64"],
    "credentialSource": "irsa",
    "imageSource": "mirror",
    "pullAccounts": ["111111111111"],
}
STACKS: Final = {"dev": ("dev", {}), "article": ("article", {}), "closed": ("dev", CLOSED)}

DEFAULT_KEY_POLICY: Final = "AWS's default key policy leaves it to the account's IAM, as is meant."
OPEN_ENDPOINT: Final = "Whoever runs `pulumi up` reaches it so; publicAccessCidrs closes it."
OPEN: Final = {
    "CKV2_AWS_64": DEFAULT_KEY_POLICY,
    "CKV_AWS_38": OPEN_ENDPOINT,
    "CKV_AWS_39": OPEN_ENDPOINT,
}
EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    "dev": OPEN,
    "article": {
        **OPEN,
        "CKV_AWS_341": "With node-role, pods reach the node's credentials, a hop farther.",
    },
    "closed": {
        "CKV2_AWS_64": DEFAULT_KEY_POLICY,
        "CKV2_AWS_11": "Flow logs cost by the GB; subnetIds takes a network that has them.",
    },
}
"""Why a check may fail, by stack; each must still do so."""

OF_THE_ARTICLE: Final[Mapping[str, str]] = {
    "CKV_K8S_21": "The article deploys into the namespace default.",
    "CKV_K8S_26": "The article opens the daemon's port on the node.",
}
"""Why a check fails of the Kubernetes objects of the stack `article`, and of no other."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHECKOV.is_file(), reason="make test installs checkov"),
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What checkov says of everything, by the kind of file; it takes long to start."""
    folder = tmp_path_factory.mktemp("checkov")
    for name, (stack, settings) in STACKS.items():
        (folder / name).mkdir()
        write_terraform(declare(stack, **settings), folder / name)
    text = (folder / "dev/aws_ecr_repository.tf.json").read_text(encoding="utf-8")
    text = text.replace('"IMMUTABLE"', '"MUTABLE"').replace('"scan_on_push": true', "")
    (folder / "unsafe").mkdir()
    (folder / "unsafe/aws_ecr_repository.tf.json").write_text(text, encoding="utf-8")
    manifests.write_manifests(folder)
    shutil.copy(ROOT / "tools/bench/aws_samples.yaml", folder)
    for image in ("xray-daemon", "sample-service"):
        (folder / image).mkdir()
        shutil.copy(ROOT / "images" / image / "Dockerfile", folder / image)
    options = ["--compact", "--skip-download", "--output=json", "--framework", *FRAMEWORKS]
    ended = subprocess.run(
        [str(CHECKOV), *options, "--directory", str(folder)], check=False, stdout=subprocess.PIPE
    )
    return {each["check_type"]: each for each in json.loads(ended.stdout)}


def failed(report: Mapping[str, Any], path: str) -> set[str]:
    """Returns the checks that failed of a file, or of those in a folder."""
    checks = report["results"]["failed_checks"]
    return {each["check_id"] for each in checks if each["file_path"].startswith(path)}


def test_everything_was_understood(reports: Mapping[str, Any]) -> None:
    summaries = {kind: report["summary"] for kind, report in reports.items()}
    assert summaries["terraform_json"]["passed"] >= 100
    assert summaries["kubernetes"]["passed"] >= 600
    assert summaries["dockerfile"]["passed"] >= 60
    assert {each["parsing_errors"] for each in summaries.values()} == {0}


def test_failures_of_the_stacks_are_explained(reports: Mapping[str, Any]) -> None:
    of_aws = {name: failed(reports["terraform_json"], f"/{name}/") for name in STACKS}
    assert of_aws == {name: set(EXPLAINED[name]) for name in STACKS}
    for name in manifests.STACKS:
        explained = set(OF_THE_ARTICLE if name == "article" else ())
        assert failed(reports["kubernetes"], f"/{name}.yaml") == explained


def test_unsafe_resources_and_objects_are_found(reports: Mapping[str, Any]) -> None:
    assert failed(reports["terraform_json"], "/unsafe/") == {"CKV_AWS_51", "CKV_AWS_163"}
    assert len(failed(reports["kubernetes"], "/aws_samples.yaml")) >= 15


def test_skipped_checks_of_dockerfiles_are_explained(reports: Mapping[str, Any]) -> None:
    assert failed(reports["dockerfile"], "/") == set()
    for skipped in reports["dockerfile"]["results"]["skipped_checks"]:
        assert skipped["check_result"]["suppress_comment"].strip()
