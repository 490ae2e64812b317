"""actionlint and zizmor find nothing wrong with GitHub's workflows.

actionlint is no Python program: `go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.workflow_files import FOLDER, WORKFLOWS

ZIZMOR = Path(sys.executable).with_name("zizmor")


@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not on PATH")
def test_actionlint_finds_only_what_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "preview.yaml"
    text = (FOLDER / "workflows/preview.yaml").read_text(encoding="utf-8")
    broken.write_text(text.replace("github.token", "github.tokens"), encoding="utf-8")
    subprocess.run(["actionlint", *WORKFLOWS], check=True)
    assert subprocess.run(["actionlint", broken], check=False).returncode == 1


@pytest.mark.skipif(not ZIZMOR.exists(), reason="zizmor is not installed")
def test_zizmor_finds_nothing_wrong() -> None:
    subprocess.run([ZIZMOR, "--offline", "--quiet", FOLDER], check=True)
