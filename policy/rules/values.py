"""Values of properties, some of which a preview does not know yet."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, cast

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands for any value that is not known yet; Pulumi's protocol writes an unknown string so."""


def is_unknown(value: Any) -> bool:
    """Returns whether a value is one that only `pulumi up` will know: it is no violation."""
    return isinstance(value, str) and value == UNKNOWN


def at(value: Any, *path: str) -> Any:
    """Returns what is at a path of keys; None where nothing is, unknown where a part of it is."""
    for key in path:
        if is_unknown(value):
            return value
        value = fields_of(value).get(key)
    return value


def fields_of(value: Any) -> Mapping[str, Any]:
    """Returns a mapping as it is, and an empty one for anything else."""
    return cast(Mapping[str, Any], value) if isinstance(value, Mapping) else {}


def items_of(value: Any) -> Sequence[Any]:
    """Returns a list as it is, a single value as a list of it, and nothing of None or unknown."""
    if value is None or is_unknown(value):
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return cast(Sequence[Any], value)
    return [value]


def known_texts(value: Any) -> list[str]:
    """Returns the texts of a list, or the one text, that are known."""
    return [each for each in items_of(value) if isinstance(each, str) and not is_unknown(each)]


def parts_of(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yields a value, everything in it and in the JSON that texts are, each with its path."""
    yield path, value
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "[", '"'}:
        with suppress(ValueError, RecursionError):
            yield from parts_of(json.loads(value), path)
    inner: Any = fields_of(value).items()
    if isinstance(value, Sequence) and not isinstance(value, str):
        inner = enumerate(cast(Sequence[Any], value))
    for key, each in inner:
        yield from parts_of(each, (*path, str(key)))
