from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

import pytest
import yaml
from pydantic.fields import FieldInfo

from settings import Settings, TailSamplingSettings, read_settings
from tests.settings.configurations import REGION_KEY
from tests.support.program import ROOT, configured

STACKS: Final = sorted(path.name.split(".")[1] for path in ROOT.glob("Pulumi.*.yaml"))

DECLARED: Final[dict[str, dict[str, Any]]] = cast(
    dict[str, Any], yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
)["config"]

FIELDS: Final = {str(field.alias): field for field in Settings.model_fields.values()}

PULUMI_TYPES: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    list: "array",
    dict: "object",
    # The CLI knows no fractions (Pulumi, project.json): a text is read as JSON too.
    float: "string",
    TailSamplingSettings: "object",
}


def test_the_project_declares_exactly_the_settings_in_their_order() -> None:
    assert [REGION_KEY, *DECLARED] == list(FIELDS)


@pytest.mark.parametrize("key", DECLARED)
def test_a_declaration_has_the_type_of_its_setting(key: str) -> None:
    assert DECLARED[key]["type"] == PULUMI_TYPES[_plain_type(FIELDS[key].annotation)]


@pytest.mark.parametrize("key", DECLARED)
def test_a_declaration_has_the_default_of_its_setting(key: str) -> None:
    kind = PULUMI_TYPES[_plain_type(FIELDS[key].annotation)]
    # Without a default, Pulumi's CLI would want the key in every stack.
    assert DECLARED[key]["default"] == _declared(_default(FIELDS[key]), kind)
    assert DECLARED[key].keys() <= {"type", "description", "default", "items"}


@pytest.mark.parametrize("key", DECLARED)
def test_a_declaration_says_what_its_setting_is(key: str) -> None:
    description = DECLARED[key]["description"]
    assert description == description.strip()
    assert len(description.splitlines()) == 1
    assert not description.endswith(".")


@pytest.mark.parametrize("stack", STACKS)
def test_the_settings_of_each_stack_are_right(stack: str) -> None:
    project = configured(stack)
    own = {key.removeprefix(f"{project.name}:"): v for key, v in project.configuration.items()}
    assert read_settings(own).region


def _plain_type(annotation: Any) -> Any:
    """Returns the type behind what may be optional, annotated, generic or an enum."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return _plain_type(get_args(annotation)[0])
    plain = get_origin(annotation) or annotation
    return str if issubclass(plain, Enum) else plain


def _declared(default: Any, kind: str) -> Any:
    """Returns a default as it is declared: what is empty stands for none, by its type."""
    if default is None:
        return {} if kind == "object" else ""
    return f"{default:g}" if isinstance(default, float) else default


def _default(field: FieldInfo) -> Any:
    default = field.get_default(call_default_factory=True)
    return default.value if isinstance(default, Enum) else default
