"""Every input says what it is, and each default stands once."""

from typing import Any

import pytest

from components.inputs import Inputs
from components.package import INPUTS
from tests.snapshots.reference import meanings


@pytest.mark.parametrize("inputs", INPUTS.values(), ids=lambda each: each.kind.__name__)
def test_each_input_says_its_default_where_code_has_none(inputs: Inputs[Any]) -> None:
    described = meanings(inputs.kind)
    assert described.keys() == inputs.kind.__annotations__.keys()
    for name, text in described.items():
        assert text.endswith("."), name
        said = "Default: " in text
        assert said == (not inputs.required(name) and name not in inputs.defaults), name
