"""kube-score finds nothing wrong with the Kubernetes objects, but for what is explained here.

It is no Python program: `go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0`.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.linters.manifests import STACKS, write_manifests

KUBE_SCORE: Final = shutil.which("kube-score")

EXPLAINED: Final[Mapping[str, str]] = {
    "container-image-pull-policy": "An image of ours is pulled by its digest, which never leads to "
    "another; to ask the registry at each start would only add a way to fail.",
    "pod-probes-identical": "An open port is all that the daemon shows of itself.",
}
"""Why a check is left out."""

pytestmark = pytest.mark.skipif(KUBE_SCORE is None, reason="kube-score is not on PATH")


def score(file: Path) -> set[str]:
    """Returns the check of each thing that is wrong."""
    ignored = [word for check in EXPLAINED for word in ("--ignore-test", check)]
    ended = subprocess.run(
        [str(KUBE_SCORE), "score", "--output-format", "json", *ignored, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    objects: list[dict[str, Any]] = json.loads(ended.stdout)
    return {
        check["check"]["id"]
        for scored in objects
        for check in scored["checks"] or []
        if check["comments"] and not check["skipped"] and check["grade"] < 7
    }


def test_kube_score_finds_only_what_is_wrong(tmp_path: Path) -> None:
    write_manifests(tmp_path)
    assert {name: score(tmp_path / f"{name}.yaml") for name in STACKS} == {
        name: set[str]() for name in STACKS
    }
    broken = tmp_path / "dev.yaml"
    text = broken.read_text(encoding="utf-8")
    broken.write_text(text.replace("readOnlyRootFilesystem: true", ""), encoding="utf-8")
    assert score(broken) == {"container-security-context-readonlyrootfilesystem"}
