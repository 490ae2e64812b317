"""checkov finds nothing unsafe in what the program makes, but for what is explained here."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.linters import manifests
from tests.e2e.linters.manifests import write_manifests
from tests.e2e.linters.terraform import write_terraform
from tests.support.program import ROOT, declare

CHECKOV: Final = ROOT / ".venv/checkov/bin/checkov"

STACKS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "dev": ("dev", {}),
    "article": ("article", {}),
    "closed": (
        "dev",
        {
            "privateNetwork": True,
            "publicAccessCidrs": [],
            "vpcEndpoints": ["xray", "sts", "eks-auth", "ecr", "ec2"],
            "architectures": ["amd64", "arm64"],
            "credentialSource": "irsa",
            "imageSource": "mirror",
            "pullAccounts": ["111111111111"],
        },
    ),
}

DEFAULT_KEY_POLICY: Final = "AWS's default key policy leaves it to the account's IAM, as is meant."
OPEN_ENDPOINT: Final = "Whoever runs `pulumi up` reaches it so; publicAccessCidrs closes it."

EXPLAINED: Final[Mapping[str, Mapping[str, str]]] = {
    "dev": {
        "CKV2_AWS_64": DEFAULT_KEY_POLICY,
        "CKV_AWS_38": OPEN_ENDPOINT,
        "CKV_AWS_39": OPEN_ENDPOINT,
    },
    "article": {
        "CKV2_AWS_64": DEFAULT_KEY_POLICY,
        "CKV_AWS_38": OPEN_ENDPOINT,
        "CKV_AWS_39": OPEN_ENDPOINT,
        "CKV_AWS_341": "With node-role, pods reach the node's credentials, a hop farther.",
    },
    "closed": {
        "CKV2_AWS_64": DEFAULT_KEY_POLICY,
        "CKV2_AWS_11": "Flow logs cost by the GB; subnetIds takes a network that has them.",
    },
}
"""Why a check may fail, by stack; each must still do so."""


THE_ARTICLE_S: Final[Mapping[str, str]] = {
    "CKV_K8S_21": "The article deploys into the namespace default.",
    "CKV_K8S_26": "The article opens the daemon's port on the node.",
}
"""Why a check fails of the stack `article`, and of no other."""


def checkov(folder: Path, framework: str) -> dict[str, Any]:
    """Returns checkov's results for what is in a folder."""
    assert CHECKOV.is_file(), "checkov is not there; `make test` installs it"
    ended = subprocess.run(
        [
            *(str(CHECKOV), "--compact", "--skip-download", "--output", "json"),
            *("--framework", framework, "--directory", str(folder)),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    return json.loads(ended.stdout)


def failed(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Returns the file, the id and the resource of each check that failed."""
    return [
        (each["file_path"], each["check_id"], each["resource"])
        for each in report["results"]["failed_checks"]
    ]


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The AWS resources of every stack, a folder each."""
    folder = tmp_path_factory.mktemp("terraform")
    for name, (stack, settings) in STACKS.items():
        (folder / name).mkdir()
        write_terraform(declare(stack, **settings), folder / name)
    return folder


@pytest.fixture(scope="module")
def report(terraform: Path) -> dict[str, Any]:
    return checkov(terraform, "terraform_json")


@pytest.mark.parametrize("name", STACKS)
def test_what_fails_of_the_aws_resources_is_explained(report: dict[str, Any], name: str) -> None:
    found = {check for path, check, _ in failed(report) if path.startswith(f"/{name}/")}
    assert found == set(EXPLAINED[name]), failed(report)


def test_the_aws_resources_were_understood(report: dict[str, Any]) -> None:
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] >= 100


def test_what_is_unsafe_is_found(terraform: Path, tmp_path: Path) -> None:
    text = (terraform / "dev/aws_ecr_repository.tf.json").read_text(encoding="utf-8")
    assert '"IMMUTABLE"' in text
    broken = text.replace('"IMMUTABLE"', '"MUTABLE"').replace('"scan_on_push": true', "")
    (tmp_path / "aws_ecr_repository.tf.json").write_text(broken, encoding="utf-8")
    assert {check for _, check, _ in failed(checkov(tmp_path, "terraform_json"))} == {
        "CKV_AWS_51",
        "CKV_AWS_163",
    }


@pytest.fixture(scope="module")
def kubernetes_report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("manifests")
    write_manifests(folder)
    return checkov(folder, "kubernetes")


@pytest.mark.parametrize("name", manifests.STACKS)
def test_nothing_fails_of_the_kubernetes_objects_but_what_the_article_wants(
    kubernetes_report: dict[str, Any], name: str
) -> None:
    found = {check for path, check, _ in failed(kubernetes_report) if path == f"/{name}.yaml"}
    assert found == set(THE_ARTICLE_S if name == "article" else {}), failed(kubernetes_report)


def test_the_kubernetes_objects_were_understood(kubernetes_report: dict[str, Any]) -> None:
    assert kubernetes_report["summary"]["parsing_errors"] == 0
    assert kubernetes_report["summary"]["passed"] >= 600


def test_much_fails_of_the_manifest_of_aws_samples(tmp_path: Path) -> None:
    shutil.copy(ROOT / "bench/aws_samples.yaml", tmp_path)
    assert len(failed(checkov(tmp_path, "kubernetes"))) >= 15


@pytest.mark.parametrize("folder", ["images/xray-daemon", "images/sample-service"])
def test_nothing_fails_of_an_image_that_is_not_explained_beside_it(folder: str) -> None:
    report = checkov(ROOT / folder, "dockerfile")
    assert failed(report) == []
    assert report["summary"]["passed"] >= 30
    for skipped in report["results"]["skipped_checks"]:
        assert skipped["check_result"]["suppress_comment"].strip()
