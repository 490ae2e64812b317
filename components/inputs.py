"""Completes the inputs of a component: fills in defaults, converts, and refuses what is wrong."""

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import pulumi

from .constraints import Constraint
from .words import PLAIN_KINDS, instead_of, named, shown, words_for

T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """One input that is wrong."""

    path: str
    """The input, such as `sampling_rules[0].priority`."""

    sentence: str
    """What it was and what would be right, without whose input it is."""


@dataclass(frozen=True)
class Inputs(Generic[T]):
    """What a class of inputs takes, beside the types that its annotations say."""

    kind: type[T]
    """A TypedDict, or a dataclass without defaults."""

    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of what may be left out, where that is not None."""

    constraints: Mapping[str, Constraint] = field(default_factory=dict[str, Constraint])

    def complete(self, given: T, owner: str) -> T:
        """Returns the inputs with each one there.

        Texts become enums and whole floats integers, since other languages send nothing else.
        Outputs pass as they are. None stands for an input that is left out. The owner is whose
        inputs they are, such as `TraceDaemon xray`.

        Raises:
            pulumi.RunError: An input is unknown, missing, of a wrong type or out of range.
        """
        problems: list[Problem] = []
        values = self.read(cast(Mapping[str, Any], given), problems)
        if problems:
            raise pulumi.RunError(f"{owner}: {' '.join(each.sentence for each in problems)}")
        return cast(T, values)

    def read(
        self,
        given: Mapping[str, Any],
        problems: list[Problem],
        *,
        path: str = "",
        spell: Callable[[str], str] = str,
        noun: str = "an input",
    ) -> dict[str, Any]:
        """Returns the values by their names; what is wrong is None, and told in `problems`.

        Keys are names as `spell` spells them, after a path; `noun` says what an unknown one is not.
        """
        names = {spell(name): name for name in _hints(self.kind)}
        for key in given:
            if key not in names:
                where = f"{path}{key}"
                sentence = f"{named(where)} is not {noun}; {instead_of(key, names)}"
                problems.append(Problem(where, sentence))
        return {
            name: self._read_one(
                name, given.get(key), _Reader(f"{path}{key}", problems, spell, noun)
            )
            for key, name in names.items()
        }

    def must_be(self, name: str) -> str:
        """Returns what completes the sentence "it must be …" about an input."""
        constraint = self.constraints.get(name)
        return constraint.must_be if constraint else words_for(_plain_hint(_hints(self.kind)[name]))

    def default(self, name: str) -> Any:
        """Returns what an input is where it is left out."""
        value = self.defaults.get(name)
        # Pulumi takes lists for arrays, and no tuples.
        return list(cast(tuple[Any, ...], value)) if isinstance(value, tuple) else value

    def required(self, name: str) -> bool:
        """Returns whether an input can't be left out."""
        keys: frozenset[str] | None = getattr(self.kind, "__required_keys__", None)
        if keys is not None:
            return name in keys
        return name not in self.defaults and NoneType not in get_args(_hints(self.kind)[name])

    def _read_one(self, name: str, value: Any, reader: "_Reader") -> Any:
        hint, constraint = _hints(self.kind)[name], self.constraints.get(name)
        if value is None and constraint and constraint.inside:
            value = self.defaults.get(name)  # Its parts have defaults of their own.
        if value is not None:
            return reader.read(value, hint, constraint, self.must_be(name))
        if self.required(name):
            reader.refuse(f"is not set; it must be {self.must_be(name)}.")
        return self.default(name)


@dataclass(frozen=True)
class _Reader:
    """Reads one value, by its type and constraint."""

    path: str
    problems: list[Problem]
    spell: Callable[[str], str]
    noun: str

    def refuse(self, words: str) -> None:
        self.problems.append(Problem(self.path, f"{named(self.path)} {words}"))

    def read(self, value: Any, hint: Any, constraint: Constraint | None, must_be: str) -> Any:
        if isinstance(value, pulumi.Output | Awaitable):
            if _takes_outputs(hint):
                return value
            self.refuse(f"is an output; it must be known at once: {must_be}.")
            return None
        inside: Inputs[Any] | None = constraint.inside if constraint else None
        try:
            converted = self._convert(value, _plain_hint(hint), inside)
        except (TypeError, ValueError):
            right = False
            converted = None
        else:
            right = constraint is None or constraint.allows(converted)
        if not right:
            what = "wrong" if constraint and constraint.secret else shown(value)
            self.refuse(f"is {what}; it must be {must_be}.")
        return converted

    def _convert(self, value: Any, hint: Any, inside: Inputs[Any] | None) -> Any:
        """Returns a value as its type has it.

        Raises:
            TypeError: It is of another type.
            ValueError: It is no member of the enum.
        """
        kind = get_origin(hint) or hint
        if kind is Sequence and isinstance(value, list | tuple):
            (item,) = get_args(hint)
            items = enumerate(cast(Sequence[Any], value))
            return [self._item(each, item, inside, f"[{index}]") for index, each in items]
        if isinstance(value, Mapping):
            entries = cast(Mapping[Any, Any], value)
            if inside is not None and kind is inside.kind:
                return inside.read(
                    entries, self.problems, path=f"{self.path}.", spell=self.spell, noun=self.noun
                )
            if kind is Mapping and all(isinstance(key, str) for key in entries):
                _, of_value = get_args(hint)
                return {key: self._entry(each, of_value) for key, each in entries.items()}
        if kind in PLAIN_KINDS:
            return _plain_value(value, kind)
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind(value)
        if kind is Any:
            return value
        raise TypeError

    def _item(
        self, value: Any, hint: Any, inside: Inputs[Any] | None = None, suffix: str = ""
    ) -> Any:
        if inside is not None:
            keys = (self.spell(name) for name in _hints(inside.kind) if inside.required(name))
            reader = replace(self, path=f"{self.path}{suffix}")
            constraint = Constraint(
                f"an object with {', '.join(keys)}", lambda _: True, inside=inside
            )
            return reader.read(value, hint, constraint, constraint.must_be)
        if isinstance(value, pulumi.Output | Awaitable) and _takes_outputs(hint):
            return value
        return self._convert(value, _plain_hint(hint), None)

    def _entry(self, value: Any, hint: Any) -> Any:
        if isinstance(value, pulumi.Output | Awaitable):
            return value
        return self._convert(value, _plain_hint(hint), None)


def _takes_outputs(hint: Any) -> bool:
    return any(get_origin(each) is pulumi.Output for each in get_args(hint))


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    # `pulumi.Input` refers to `Output[T]` by name.
    return get_type_hints(kind, localns={"Output": pulumi.Output, "T": Any})


def _plain_hint(hint: Any) -> Any:
    """Returns the type behind `pulumi.Input` and behind None."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    plain = [
        each
        for each in get_args(hint)
        if each is not NoneType and get_origin(each) not in (pulumi.Output, Awaitable)
    ]
    return plain[0] if len(plain) == 1 else Any


def _plain_value(value: Any, kind: type) -> Any:
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ValueError
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError
    return value
