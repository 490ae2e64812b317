import ast
from itertools import pairwise
from typing import Final

import pytest

from tests.support.program import ROOT


def classes_of(base: str) -> list[ast.ClassDef]:
    """Returns the classes in `components` that are derived from a base, as they are written."""
    return [
        node
        for source in sorted((ROOT / "components").rglob("*.py"))
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ClassDef)
        and base in {ast.unparse(each).rpartition(".")[2] for each in node.bases}
    ]


INPUTS: Final = classes_of("TypedDict")
COMPONENTS: Final = classes_of("ComponentResource")


def test_every_component_has_inputs_to_look_at() -> None:
    assert {f"{each.name}Args" for each in COMPONENTS} <= {each.name for each in INPUTS}
    assert len(COMPONENTS) >= 6


@pytest.mark.parametrize("written", [*INPUTS, *COMPONENTS], ids=lambda each: each.name)
def test_every_input_and_output_says_what_it_is(written: ast.ClassDef) -> None:
    described = {
        ast.unparse(field.target): _docstring(after)
        for field, after in pairwise([*written.body, ast.Pass()])
        if isinstance(field, ast.AnnAssign)
    }
    assert described
    assert [name for name, text in described.items() if not text.endswith(".")] == []


def _docstring(statement: ast.stmt) -> str:
    """Returns the text that a statement is, or nothing."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return str(statement.value.value).strip()
    return ""
