"""Every command that a page tells a reader to paste is run by a test, or commands.yaml says why."""

import re
from fnmatch import fnmatchcase
from typing import Any, Final

import yaml

from tests.support.program import ROOT

PAGES: Final = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/README.md")]

TABLE: Final[Any] = yaml.safe_load((ROOT / "tests/docs/commands.yaml").read_text("utf-8"))


def test_each_is_run_or_explained() -> None:
    blocks = [re.findall(r"```console\n(.*?)```", page.read_text(), re.S) for page in PAGES]
    lines = [line for page in blocks for block in page for line in block.splitlines()]
    commands = {re.sub(r"\s+# .*", "", line).strip() for line in lines} - {""}
    known = [each for table in TABLE.values() for group in table.values() for each in group]
    assert not [each for each in commands if not any(fnmatchcase(each, one) for one in known)]
    assert not [each for each in known if not any(fnmatchcase(one, each) for one in commands)]


def test_what_runs_them_does() -> None:
    for file, commands in TABLE["run"].items():
        text = (ROOT / file).read_text("utf-8")
        assert not [each for each, words in commands.items() if words not in text], file
