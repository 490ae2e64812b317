"""The site has no broken link, and its search finds words of every page."""

import json
import re
import subprocess

import pytest

from tests.support.program import ROOT

MKDOCS = ROOT / ".venv/docs/bin/mkdocs"


@pytest.mark.slow
@pytest.mark.skipif(not MKDOCS.is_file(), reason="make test-all installs mkdocs")
def test_it_is_built_without_a_warning() -> None:
    built = subprocess.run(["make", "site"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    for page in (ROOT / "build/site").rglob("*.html"):
        for target in re.findall(r' (?:src|srcset|href)="?([^"#?>: ]+)["#?> ]', page.read_text()):
            assert (page.parent / target).exists() or page.name == "404.html", (page, target)
    index = json.loads((ROOT / "build/site/search/search_index.json").read_text("utf-8"))["docs"]
    found = {each["location"].partition("#")[0] for each in index}
    assert found >= {"index.html", "docs/faq.html", "examples/yaml/index.html", "CHANGELOG.html"}
