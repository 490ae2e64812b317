"""What is wrong with a stack's settings, in sentences."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args, get_origin

import pulumi
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from .fields import MustBe

LONGEST_VALUE: Final = 60
"""Characters of a wrong value that are repeated; a longer one is cut."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: the setting's key, and a sentence that says what would be right."""

    key: str
    sentence: str


class SettingsError(pulumi.RunError):
    """The settings are refused; its message names every problem, a line each.

    Pulumi shows a RunError without a traceback.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        lines = "\n".join(f"  {problem.sentence}" for problem in problems)
        super().__init__(f"{count} wrong; nothing was changed.\n{lines}")


def explain(error: ErrorDetails, model: type[BaseModel], values: Mapping[str, Any]) -> Problem:
    """Returns the problem behind one of pydantic's errors.

    Args:
        error: The error as pydantic gives it.
        model: The model that refused the values.
        values: The values as they were given.
    """
    key, phrase, value = _locate(error["loc"], model, values)
    if error["type"] == "missing":
        sentence = f"{key} is not set; it must be {phrase}."
    elif error["type"] == "extra_forbidden":
        sentence = _unknown(key, error["loc"], model)
    elif _is_secret(error["loc"], model):
        sentence = f"{key} is wrong; it must be {phrase}."
    else:
        sentence = f"{key} is {shown(value)}; it must be {phrase}."
    return Problem(key, sentence)


def named(key: str) -> str:
    """Returns a key as a sentence names it: as it is, unless it is strange or long."""
    return key if key.isprintable() and len(key) <= LONGEST_VALUE else shown(key)


def shown(value: Any) -> str:
    """Returns a value as a sentence shows it: as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _locate(
    location: Sequence[int | str], model: type[BaseModel], values: Mapping[str, Any]
) -> tuple[str, str, Any]:
    """Returns the key of the deepest setting on the way, its phrase, and its value."""
    alias = str(location[0])
    value = values.get(alias)
    field = _fields_by_alias(model).get(alias)
    if field is None:
        return alias, "", value
    inner = _model_inside(field)
    if inner is None or len(location) == 1 or not isinstance(value, list | dict):
        return alias, _phrase(field), value
    if isinstance(value, dict):
        key, phrase, value = _locate(location[1:], inner, value)
        return f"{alias}.{key}", phrase, value
    index = int(location[1])
    item: Any = value[index]
    if len(location) == 2 or not isinstance(item, dict):
        return f"{alias}[{index}]", _object_phrase(inner), item
    key, phrase, value = _locate(location[2:], inner, item)
    return f"{alias}[{index}].{key}", phrase, value


def _unknown(key: str, location: Sequence[int | str], model: type[BaseModel]) -> str:
    owner: type[BaseModel] | None = model
    for part in location[:-1]:
        if owner is not None and isinstance(part, str):
            owner = _model_inside(_fields_by_alias(owner)[part])
    known = _fields_by_alias(owner) if owner else {}
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(sorted(known))}."
    return f"{named(key)} is not a setting{hint}"


def _fields_by_alias(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _is_secret(location: Sequence[int | str], model: type[BaseModel]) -> bool:
    field = _fields_by_alias(model)[str(location[0])]
    return any(mark.secret for mark in _marks(field.annotation, field.metadata))


def _phrase(field: FieldInfo) -> str:
    for mark in _marks(field.annotation, field.metadata):
        return mark.phrase
    raise TypeError(f"the setting {field.alias} has no MustBe")


def _marks(annotation: Any, metadata: Sequence[Any] = ()) -> list[MustBe]:
    found = [mark for mark in metadata if isinstance(mark, MustBe)]
    if get_origin(annotation) is Annotated:
        found += _marks(get_args(annotation)[0], get_args(annotation)[1:])
    else:
        for argument in get_args(annotation):
            found += _marks(argument)
    return found


def _model_inside(field: FieldInfo) -> type[BaseModel] | None:
    """Returns the model of a setting that is an object, or of its items where it is a list."""
    for argument in get_args(field.annotation):
        if isinstance(argument, type) and issubclass(argument, BaseModel):
            return argument
    return None


def _object_phrase(model: type[BaseModel]) -> str:
    required = [alias for alias, field in _fields_by_alias(model).items() if field.is_required()]
    return f"an object with {', '.join(required)}"
