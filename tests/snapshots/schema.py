"""Writes the Pulumi package's schema to a file, so that a change of it shows in a review."""

import json
from inspect import cleandoc
from typing import Any, Final

from components.package import PackageProvider
from tests.support.program import ROOT

FILE: Final = ROOT / "package/schema.json"


def schema() -> dict[str, Any]:
    """Returns the schema that the package has now."""
    return readable(json.loads(str(PackageProvider().schema)))


def readable(value: Any) -> Any:
    """Returns a part of a schema without what says nothing, its descriptions without indentation.

    The provider describes what a list or a map is of in the words of the whole, and the CLI does
    not. Python 3.13 indents docstrings less than its predecessors.
    """
    if isinstance(value, str):
        return cleandoc(value)
    if isinstance(value, list):
        return [readable(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: readable(each) for key, each in value.items()}
    for key in ("items", "additionalProperties"):
        kept.get(key, {}).pop("description", None)
    return {key: each for key, each in kept.items() if each not in (None, [], {})}


def text() -> str:
    """Returns the contents of the file."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
