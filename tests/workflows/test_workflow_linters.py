"""actionlint finds nothing wrong with GitHub's workflows; `make lint` asks zizmor too.

It is no Python program: `go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12`.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.workflows.workflow_files import WORKFLOWS

ACTIONLINT: Final = shutil.which("actionlint")

pytestmark = pytest.mark.skipif(ACTIONLINT is None, reason="actionlint is not on PATH")


def findings(*files: Path) -> str:
    ended = subprocess.run(
        [str(ACTIONLINT), "-no-color", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    assert findings(*WORKFLOWS) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("fromJSON(", "fromYAML("), ("github.token", "github.tokens"), ("jobs:", "job:")],
)
def test_actionlint_finds_what_is_wrong(tmp_path: Path, right: str, wrong: str) -> None:
    (preview,) = [file for file in WORKFLOWS if file.stem == "preview"]
    broken = tmp_path / "preview.yaml"
    broken.write_text(preview.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    assert findings(broken)
