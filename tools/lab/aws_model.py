"""What AWS would refuse: the calls that create a resource, checked by AWS's own models."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import botocore.session
import regex
import yaml

from .aws_checks import CHECKS
from .deployment import Resource, physical_name
from .fake_provider import FakeProvider

Fields = Mapping[str, Any]


def _table(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


CALLS: Final[Mapping[str, Sequence[Fields]]] = _table("aws_calls.yaml")
RULES: Final[Sequence[Fields]] = _table("aws_rules.yaml")

NUMBER: Final = (int, float)
TYPES: Final[Mapping[str, Any]] = {
    **{"structure": dict, "map": dict, "list": list, "boolean": bool},
    **{"integer": int, "long": int, "float": NUMBER, "double": NUMBER},
}
"""What values of each of botocore's types are; those of others are texts."""


def findings(resource: Resource, aws: FakeProvider) -> list[str]:
    """Returns what AWS would refuse of a resource, a sentence each; other resources have none."""
    if not resource.type.startswith(("aws:", "eks:")):
        return []
    found = _findings(resource, aws)
    return [f"{resource.type} {resource.name}: {each}." for each in dict.fromkeys(found)]


def _findings(resource: Resource, aws: FakeProvider) -> Iterator[str]:
    if resource.type not in CALLS:
        yield "tools/lab/aws_calls.yaml does not name the call that creates it"
    calls = CALLS.get(resource.type, ())
    elsewhere = {name for call in calls[1:] for name in call["names"]}
    for call in calls:
        first, inputs = call is calls[0], resource.inputs.items()
        fields = {name: value for name, value in inputs if first or name in call["names"]}
        if named := call.get("autonamed"):
            fields[named] = physical_name(resource, named)
        if first or fields:
            shape, conversion = input_of(call["call"]), Conversion(call)
            request = conversion.structure(shape, fields, "", call.get("given", {}))
            for unknown in sorted(conversion.unknown - elsewhere):
                yield f"{unknown} is no property that {call['call']} takes"
            yield from _check(shape, request, call["call"], aws)


@cache
def input_of(call: str) -> Any:
    """Returns the shape of the input of a call such as `eks.CreateAddon`."""
    service, operation = call.split(".")
    return _model_of(service).operation_model(operation).input_shape


@cache
def _model_of(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


class Conversion:
    """Makes a call's input of a resource's properties."""

    def __init__(self, call: Fields) -> None:
        self._call = call
        self.unknown: set[str] = set()
        """Properties that the call does not take."""

    def structure(self, shape: Any, fields: Fields, at: str, given: Fields) -> Fields:
        """Returns what is given for a structure, and the properties at a path as members of it."""
        for name, value in fields.items():
            path = f"{at}.{name}".lstrip(".")
            members = self._members(shape, path)
            if members is None:
                self.unknown |= {path} - {*self._call.get("unsent", ())}
            elif value not in (None, {}, []):  # The provider sends no such.
                given = self._placed(shape, members, value, path, given)
        return given

    def _members(self, shape: Any, path: str) -> list[str] | None:
        """Returns the members, each in the one before, that a property goes to."""
        if irregular := self._call.get("names", {}).get(path):
            return irregular.split(".")
        inside = self._call.get("inside") if "." not in path else None
        members = (shape.members[inside] if inside else shape).members
        name = path.rpartition(".")[2].lower()
        found = [each for each in members if each.lower() == name]
        return [inside, *found] if inside and found else found or None

    def _placed(self, shape: Any, members: list[str], value: Any, at: str, given: Any) -> Any:
        """Returns what is given, and in it the value where the members lead."""
        if not members:
            return self._converted(shape, value, at)
        if shape.type_name == "structure":
            (first, *rest), given = members, given or {}
            placed = self._placed(shape.members[first], rest, value, at, given.get(first))
            return {**given, first: placed}
        items = given or [{}]
        if members[0] == "[]":
            pairs, members = [(each, items[0]) for each in value], members[1:]
        else:
            pairs = [(value, item) for item in items]
        return [self._placed(shape.member, members, each, at, item) for each, item in pairs]

    def _converted(self, shape: Any, value: Any, at: str) -> Any:
        match shape.type_name, value:
            case "structure", dict():
                return self.structure(shape, value, at, {})
            case "structure", [dict() as only]:
                return self.structure(shape, only, at, {})
            case "list", dict() if at.endswith(("tags", "Tags")):
                key, its = shape.member.members
                return [{key: name, its: text} for name, text in value.items()]
            case "list", list():
                return [self._converted(shape.member, each, at) for each in value]
            case "list", dict():
                return [self._converted(shape.member, value, at)]
            case "boolean", "true" | "false":  # So the provider wants them in launch templates.
                return value == "true"
            case _:
                return value


def _check(shape: Any, value: Any, at: str, aws: FakeProvider) -> Iterator[str]:
    """Yields what is wrong with a call's input, or a part of it, by its shape and by the rules."""
    said = f"{at.split('.', 2)[-1]} is {_short(str(value), 80)}; it must"
    expected, limits = TYPES.get(shape.type_name, str), shape.metadata
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        yield f"{said} be of type {shape.type_name}"
        return
    size, unit = (value, "") if isinstance(value, NUMBER) else (len(value), " long")
    if not limits.get("min", size) <= size <= limits.get("max", size):
        yield f"{said} be {limits.get('min', 0)} to {limits.get('max', 'any number')}{unit}"
    if "pattern" in limits and not regex.fullmatch(limits["pattern"], str(value)):
        yield f"{said} match {limits['pattern']}"
    if value not in limits.get("enum", [value]):
        yield f"{said} be one of {_short(', '.join(limits['enum']), 200)}"
    if shape.type_name == "structure":
        absent = [member for member in limits.get("required", ()) if member not in value]
        yield from (f"{member} is missing in {at}; AWS requires it" for member in absent)
    yield from (f"{said} be {rule['must be']}" for rule in _rules(at) if _breaks(value, rule, aws))
    for path, child, its in _children(shape, value, at):
        yield from _check(child, its, path, aws)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _children(shape: Any, value: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    match shape.type_name:
        case "structure":
            yield from ((f"{at}.{key}", shape.members[key], its) for key, its in value.items())
        case "list":
            yield from ((f"{at}[]", shape.member, its) for its in value)
        case "map":
            yield from ((f"{at}[].key", shape.key, key) for key in value)
            yield from ((f"{at}[].value", shape.value, its) for its in value.values())
        case _:
            pass


@cache
def _rules(at: str) -> list[Fields]:
    def holds(place: str) -> bool:
        return bool(re.fullmatch(re.escape(place).replace(r"\*", ".*"), at, re.IGNORECASE))

    return [rule for rule in RULES if any(map(holds, rule["at"]))]


def _breaks(value: Any, rule: Fields, aws: FakeProvider) -> bool:
    try:
        if "check" in rule:
            return not CHECKS[rule["check"]](value, aws)
        if "among" in rule:
            return value not in rule["among"]
        return not regex.fullmatch(rule["matches"], value)
    except (LookupError, TypeError, ValueError):
        return True
