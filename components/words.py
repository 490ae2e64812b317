"""The words of messages about wrong inputs."""

import difflib
import json
from collections.abc import Awaitable, Mapping, Sequence
from enum import Enum
from typing import Any, Final, get_origin

import pulumi

LONGEST_VALUE: Final = 60
"""Characters of a wrong value that a message repeats; a longer one is cut."""

PLAIN_KINDS: Final = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}
"""Types of plain values, in words."""


def shown(value: Any) -> str:
    """Returns a value as a sentence shows it: as JSON, cut where it is long."""
    written = json.dumps(value, ensure_ascii=True, default=_shown_alone)
    return written if len(written) <= LONGEST_VALUE else f"{written[: LONGEST_VALUE - 1]}…"


def _shown_alone(value: Any) -> str:
    return "an output" if isinstance(value, pulumi.Output | Awaitable) else str(value)


def named(key: str) -> str:
    """Returns an input's key as a sentence names it."""
    return key if key.isprintable() and len(key) <= LONGEST_VALUE else shown(key)


def instead_of(key: str, names: Mapping[str, str]) -> str:
    """Returns the end of a sentence about an unknown key: the closest name, or all of them."""
    close = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(names))}."


def words_for(hint: Any) -> str:
    """Returns what completes the sentence "it must be …" for a type."""
    kind = get_origin(hint) or hint
    if isinstance(kind, type) and issubclass(kind, Enum):
        *others, last = (str(each.value) for each in kind)
        return f"{', '.join(others)} or {last}" if others else last
    return PLAIN_KINDS.get(kind, "an array" if kind is Sequence else "an object")


def camel_case(name: str) -> str:
    """Returns a name of Python as settings and other languages spell it."""
    first, *others = name.split("_")
    return first + "".join(each.capitalize() for each in others)
