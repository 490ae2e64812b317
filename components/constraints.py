"""What an input may be beyond its type, each with the words for what is right."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Constraint:
    """A condition on a value whose type is right already."""

    must_be: str
    """Completes the sentence "it must be …"."""

    accepts: Callable[[Any], object]
    """Returns something false, or raises a ValueError, where the value is wrong."""

    secret: bool = False
    """Whether a wrong value may be a secret, which no message repeats."""

    inside: Any = None
    """The `Inputs` of an object, or of the objects in an array."""

    def allows(self, value: Any) -> bool:
        """Returns whether a value is right."""
        try:
            return bool(self.accepts(value))
        except ValueError:
            return False


def whole(least: int, most: int, what: str = "a whole number", why: str = "") -> Constraint:
    """Returns the constraint of an integer, such as "a whole number of MiB from 64 to 4096"."""
    return Constraint(f"{what} from {least} to {most}{why}", lambda value: least <= value <= most)


def number(least: float, most: float) -> Constraint:
    """Returns the constraint of a number, which is finite."""
    return Constraint(f"a number from {least} to {most}", lambda value: least <= value <= most)


def text(least: int, most: int) -> Constraint:
    """Returns the constraint of a text by its length, in characters."""
    return Constraint(
        f"a text of {least} to {most} characters", lambda value: least <= len(value) <= most
    )


def matching(
    pattern: str,
    must_be: str,
    *,
    longest: int | None = None,
    also: Callable[[str], object] = lambda _: True,
    secret: bool = False,
) -> Constraint:
    """Returns the constraint of a text by a regular expression.

    `also` is a further condition; see `Constraint.accepts`.
    """
    compiled = re.compile(pattern)

    def accepts(value: str) -> object:
        short = longest is None or len(value) <= longest
        return short and compiled.fullmatch(value) and also(value)

    return Constraint(must_be, accepts, secret)


def array(
    must_be: str,
    item: Constraint | None = None,
    *,
    least: int = 0,
    most: int | None = None,
    distinct: bool = False,
    inside: Any = None,
) -> Constraint:
    """Returns the constraint of an array.

    An `item` is what each must be, where it is no object; else `inside` are its `Inputs`.
    """

    def accepts(values: Sequence[Any]) -> bool:
        right_length = least <= len(values) and (most is None or len(values) <= most)
        unique = not distinct or len(set(values)) == len(values)
        return right_length and unique and (item is None or all(map(item.allows, values)))

    return Constraint(must_be, accepts, inside=inside)


def mapping(
    must_be: str,
    key: Constraint,
    value: Constraint,
    *,
    most: int | None = None,
    also: Callable[[Mapping[str, Any]], object] = lambda _: True,
) -> Constraint:
    """Returns the constraint of an object.

    A value that is not known yet passes. `also` is a further condition; see `Constraint.accepts`.
    """

    def accepts(entries: Mapping[str, Any]) -> object:
        known = [each for each in entries.values() if isinstance(each, str)]
        few = most is None or len(entries) <= most
        right = few and all(map(key.allows, entries)) and all(map(value.allows, known))
        return right and also(entries)

    return Constraint(must_be, accepts)
