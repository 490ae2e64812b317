"""The README and its guides, and what stands in them for a reader to copy."""

import re
from typing import Final

from tests.support.program import ROOT

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")

GUIDES: Final = ("deploy", "applications", "networking", "collector", "rehearsal", "policy-pack")
GUIDE: Final = README + "".join((ROOT / f"docs/{each}.md").read_text("utf-8") for each in GUIDES)
"""The README, and what it refers to for the rest."""


def block(language: str, containing: str, text: str = GUIDE) -> str:
    """Returns the first block of a language that has some text in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return next(each for each in blocks if containing in each)
