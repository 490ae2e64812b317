"""Every input says what it is, and each default stands once."""

import ast
from itertools import pairwise
from typing import Any

import pytest

from components.inputs import Inputs
from components.package import INPUTS
from tests.support.program import ROOT


def described_in(name: str) -> dict[str, str]:
    """Returns the docstrings of the fields of a class in `components`."""
    found = [
        node
        for source in sorted((ROOT / "components").rglob("*.py"))
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    return {
        ast.unparse(field.target): _text(after)
        for each in found
        for field, after in pairwise([*each.body, ast.Pass()])
        if isinstance(field, ast.AnnAssign)
    }


def _text(statement: ast.stmt) -> str:
    """Returns the text that a statement is, or nothing."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split())
    return ""


@pytest.mark.parametrize("inputs", INPUTS.values(), ids=lambda each: each.kind.__name__)
def test_each_input_says_its_default_where_code_has_none(inputs: Inputs[Any]) -> None:
    described = described_in(inputs.kind.__name__)
    assert described.keys() == inputs.kind.__annotations__.keys()
    for name, text in described.items():
        assert text.endswith("."), name
        said = "Default: " in text
        assert said == (not inputs.required(name) and name not in inputs.defaults), name
