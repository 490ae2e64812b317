"""The README, and what stands in it for a reader to copy."""

import re
from typing import Final

from tests.support.program import ROOT

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str, text: str = README) -> str:
    """Returns the first block of a language that has some text in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return next(each for each in blocks if containing in each)
