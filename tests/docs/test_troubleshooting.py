"""The sentences in docs/troubleshooting.md are those that are printed."""

import re

from tests.support.program import ROOT


def test_each_sentence_of_ours_is_in_the_code() -> None:
    files = [ROOT / "Makefile", *(ROOT / "components").rglob("*.py")]
    files += [*(ROOT / "settings").glob("*.py"), *(ROOT / "tools").rglob("*.py")]
    joined = re.sub(r'["\']\s*\n\s*f?["\']', "", "\n".join(each.read_text() for each in files))
    text = (ROOT / "docs/troubleshooting.md").read_text("utf-8").partition("## The update")[2]
    ours = re.sub(r"Sentences of AWS.*?\n## ", "", text, flags=re.DOTALL)
    sentences = re.findall(r"^\| `([^`]+)`(?: or `([^`]+)`)? \|", ours, re.MULTILINE)
    words = "…".join(first + "…" + second for first, second in sentences)
    parts = {each.strip("; ") for each in re.split(r"'?<[\w ]+>'?|'\w+'|…|3\.9", words)}
    assert len(sentences) > 20
    assert not [part for part in parts if part not in joined]
