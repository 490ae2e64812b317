"""Tolerant readers of JSON values: what isn't of the expected type counts as absent."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, cast

JsonObject: TypeAlias = Mapping[str, Any]


_NOTHING: JsonObject = MappingProxyType({})
"""Shared by all that is absent: most records lack most fields, and an empty one takes memory."""


def as_object(value: object) -> JsonObject:
    """Return ``value`` if it is a JSON object, else an empty one."""
    return cast(JsonObject, value) if isinstance(value, dict) else _NOTHING


def as_list(value: object) -> list[Any]:
    """Return ``value`` if it is a JSON array, else an empty list."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """Return a non-empty string (numbers as their text), else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return str(value)
    return value if isinstance(value, str) and value else None


def as_number(value: object) -> float | None:
    """Return a finite number, else None; strings and booleans aren't numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def as_integer(value: object) -> int | None:
    """Return an integer, also from its decimal text (some emitters quote numbers)."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    number = as_number(value)
    return None if number is None else int(number)


def as_flag(value: object) -> bool | None:
    """Return a boolean, also from the text "true" or "false", else None."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
