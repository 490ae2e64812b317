"""What AWS would refuse: the calls that create a resource, checked by AWS's own models."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import botocore.session
import regex
import yaml

from .deployment import Resource, physical_name
from .fake_provider import FakeProvider

Fields = Mapping[str, Any]


def _table(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


CALLS: Final[Mapping[str, Sequence[Fields]]] = _table("aws_calls.yaml")
RULES: Final[Sequence[Fields]] = _table("aws_rules.yaml")

ZONES_WITHOUT_EKS: Final = ("use1-az3", "usw1-az2", "cac1-az3")
"""EKS user guide, network-reqs."""

CHECKS: Final[Mapping[str, Callable[[Any, FakeProvider], bool]]] = {
    "distinct_keys": lambda tags, _: len({tag["Key"].lower() for tag in tags}) == len(tags),
    "distinct_zones": lambda ids, aws: len(set(map(aws.zone_id_of, ids))) == len(ids),
    "scaling": lambda of, _: len(of) == 3 and of["minSize"] <= of["desiredSize"] <= of["maxSize"],
    "two_zones": lambda ids, aws: len(set(map(aws.zone_id_of, ids))) >= 2,
    "zone_of_eks": lambda each, aws: aws.zone_id_of(each) not in ZONES_WITHOUT_EKS,
}
"""Rules that take more than a regular expression."""

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    **{"structure": (dict,), "map": (dict,), "list": (list,), "boolean": (bool,)},
    **{"integer": (int,), "long": (int,), "float": (int, float), "double": (int, float)},
}
"""What values of each of botocore's types are; those of others are texts."""

_SESSION: Final = botocore.session.Session()


def findings(resource: Resource, aws: FakeProvider) -> list[str]:
    """Returns what AWS would refuse of a resource, a sentence each; other resources have none."""
    if not resource.type.startswith(("aws:", "eks:")):
        return []
    if resource.type not in CALLS:
        found = ["tools/lab/aws_calls.yaml does not name the call that creates it"]
    else:
        made, found = requests_of(resource)
        for call, request in made:
            found += _check(input_of(call), request, call, aws)
    return [f"{resource.type} {resource.name}: {each}." for each in found]


def requests_of(resource: Resource) -> tuple[list[tuple[str, Any]], list[str]]:
    """Returns the calls that create a resource, each with its input, and what no call takes."""
    calls, requests, unknown = CALLS[resource.type], list[tuple[str, Any]](), set[str]()
    for call in calls:
        first, inputs = call is calls[0], resource.inputs.items()
        fields = {name: value for name, value in inputs if first or name in call["names"]}
        if named := call.get("autonamed"):
            fields[named] = physical_name(resource, named)
        if first or fields:
            conversion, shape = Conversion(call), input_of(call["call"])
            request = conversion.structure(shape, fields, "", call.get("given", {}))
            requests.append((call["call"], request))
            unknown |= conversion.unknown
    unknown -= {name for call in calls[1:] for name in call["names"]}
    return requests, [f"{each} is no property that a call takes" for each in sorted(unknown)]


@cache
def input_of(call: str) -> Any:
    """Returns the shape of the input of a call such as `eks.CreateAddon`."""
    service, operation = call.split(".")
    return _SESSION.get_service_model(service).operation_model(operation).input_shape


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
        inside = [self._call["inside"]] if "inside" in self._call and "." not in path else []
        for member in inside:
            shape = shape.members[member]
        name = path.rpartition(".")[2].lower()
        return next(([*inside, each] for each in shape.members if each.lower() == name), None)

    def _placed(self, shape: Any, members: list[str], value: Any, at: str, given: Any) -> Any:
        """Returns what is given, and in it the value where the members lead."""
        if not members:
            return self._converted(shape, value, at)
        first, *rest = members
        if shape.type_name == "structure":
            before = (given or {}).get(first)
            placed = self._placed(shape.members[first], rest, value, at, before)
            return {**(given or {}), first: placed}
        items = given or [{}]
        if first == "[]":
            return [self._placed(shape.member, rest, each, at, items[0]) for each in value]
        return [self._placed(shape.member, members, value, at, item) for item in items]

    def _converted(self, shape: Any, value: Any, at: str) -> Any:
        match shape.type_name, value:
            case "structure", dict() as only:
                return self.structure(shape, only, at, {})
            case "structure", [dict() as only]:
                return self.structure(shape, only, at, {})
            case "list", dict() if at.endswith(("tags", "Tags")):
                key, its = shape.member.members
                return [{key: name, its: text} for name, text in value.items()]
            case "list", list() | dict():
                several = value if isinstance(value, list) else [value]
                return [self._converted(shape.member, each, at) for each in several]
            case "boolean", "true" | "false":  # So the provider wants them in launch templates.
                return value == "true"
            case _:
                return value


def _check(shape: Any, value: Any, at: str, aws: FakeProvider) -> Iterator[str]:
    """Yields what is wrong with a call's input, or a part of it, by its shape and by the rules."""
    shown = str(value) if len(str(value)) <= 80 else f"{str(value)[:80]}…"
    said = f"{at.split('.', 2)[-1]} is {shown}; it must be"
    limits, kind = shape.metadata, shape.type_name
    if type(value) not in TYPES.get(kind, (str,)):
        yield f"{said} of type {kind}"
        return
    size, unit = (len(value), " long") if hasattr(value, "__len__") else (value, "")
    if not limits.get("min", size) <= size <= limits.get("max", size):
        yield f"{said} {limits.get('min', 0)} to {limits.get('max', 'any number')}{unit}"
    if "pattern" in limits and not regex.fullmatch(limits["pattern"], value):
        yield f"{said} like {limits['pattern']}"
    if value not in limits.get("enum", [value]):
        yield f"{said} one of {', '.join(limits['enum'][:20])}"
    for member in limits.get("required", ()):
        if member not in value:
            yield f"{member} is missing in {at}; AWS requires it"
    parts: list[tuple[str, Any, Any]] = []
    if kind == "structure":
        parts = [(f".{member}", shape.members[member], its) for member, its in value.items()]
    elif kind == "list":
        parts = [("[]", shape.member, its) for its in value]
    elif kind == "map":
        parts = [("[].key", shape.key, key) for key in value]
        parts += [("[].value", shape.value, its) for its in value.values()]
    checked = (_check(part, its, at + path, aws) for path, part, its in parts)
    found = [*chain.from_iterable(checked)]
    rules = () if found else _rules(at)  # They take the parts to be of the right types.
    yield from found
    yield from (f"{said} {rule['must be']}" for rule in rules if _breaks(value, rule, aws))


@cache
def _rules(at: str) -> list[Fields]:
    def holds(place: str) -> bool:
        return bool(regex.fullmatch(regex.escape(place).replace(r"\*", ".*"), at, regex.I))

    return [rule for rule in RULES if any(map(holds, rule["at"]))]


def _breaks(value: Any, rule: Fields, aws: FakeProvider) -> bool:
    match rule:
        case {"matches": str(pattern)}:
            pattern = pattern.replace("<region>", aws.region).replace("<partition>", aws.partition)
            right = not isinstance(value, str) or regex.fullmatch(pattern, value, regex.S | regex.X)
        case {"most": int(most)}:
            right = len(value) <= most
        case {"among": list(values)}:
            right = value in values
        case _:
            right = CHECKS[rule["check"]](value, aws)
    return not right
