"""What AWS would refuse: the calls that create a resource, checked by AWS's own models."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import botocore.session
import regex
import yaml
from botocore.validate import ParamValidator

from components.cluster.subnets import has_eks

from .deployment import Resource, physical_name
from .fake_provider import FakeProvider

Fields = Mapping[str, Any]


def _table(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))


CALLS: Final[Mapping[str, list[Fields]]] = _table("aws_calls.yaml")
RULES: Final[list[Fields]] = _table("aws_rules.yaml")

CHECKS: Final[Mapping[str, Callable[[Any, FakeProvider], bool]]] = {
    "at_most_40": lambda items, _: len(items) <= 40,
    "at_most_50": lambda items, _: len(items) <= 50,
    "distinct_keys": lambda tags, _: len({tag["Key"].lower() for tag in tags}) == len(tags),
    "distinct_zones": lambda ids, aws: len(set(map(aws.zone_id_of, ids))) == len(ids),
    "scaling": lambda of, _: len(of) == 3 and of["minSize"] <= of["desiredSize"] <= of["maxSize"],
    "two_zones": lambda ids, aws: len(set(map(aws.zone_id_of, ids))) >= 2,
    "zone_of_eks": lambda each, aws: has_eks(aws.zone_id_of(each)),
}
"""Rules that take more than a regular expression."""

_SESSION: Final = botocore.session.Session()


def findings(resource: Resource, aws: FakeProvider) -> list[str]:
    """Returns what AWS would refuse of a resource, a sentence each; other resources have none."""
    if not resource.type.startswith(("aws:", "eks:")):
        return []
    found: list[str] = []
    if resource.type not in CALLS:
        found = ["tools/lab/aws_calls.yaml does not name the call that creates it"]
    for call, request in requests_of(resource):
        report = ParamValidator().validate(request, input_of(call))
        if report.has_errors():  # Then the checks can't rely on the types of values.
            found += report.generate_report().split("\n")
        else:
            found += _check(input_of(call), request, call, aws)
    return [f"{resource.type} {resource.name}: {each}." for each in found]


def requests_of(resource: Resource) -> list[tuple[str, Fields]]:
    """Returns the calls that create a resource, each with its input."""
    calls, inputs = CALLS.get(resource.type, []), resource.inputs
    named = {name for call in calls[1:] for name in call["names"]}
    requests: list[tuple[str, Fields]] = []
    for call in calls:
        if call is calls[0]:  # It has whatever the others don't name.
            fields = {name: value for name, value in inputs.items() if name not in named}
            if automatic := call.get("autonamed"):
                fields[automatic] = physical_name(resource, automatic)
        else:
            fields = {name: inputs[name] for name in call["names"] if name in inputs}
        if fields or call is calls[0]:
            request = _converted(input_of(call["call"]), fields, "", call)
            requests.append((call["call"], {**call.get("given", {}), **request}))
    return requests


@cache
def input_of(call: str) -> Any:
    """Returns the shape of the input of a call such as `eks.CreateAddon`."""
    service, operation = call.split(".")
    return _SESSION.get_service_model(service).operation_model(operation).input_shape


def _converted(shape: Any, value: Any, at: str, call: Fields) -> Any:
    """Returns a value, which is at a path in a call's input, as the API takes it."""
    match shape.type_name, value:
        case "structure", dict(fields) | [dict(fields)]:
            placed = _placed(fields, at, call)
            members = {member.lower(): member for member in shape.members}
            named = {members.get(name.lower(), name): its for name, its in placed.items()}
            return {
                name: _converted(shape.members[name], its, f"{at}{name}.", call)
                if name in shape.members
                else its  # It stays, and the check finds it.
                for name, its in named.items()
            }
        case "list", dict(tags) if at.lower().endswith(("tags.", "dimensions.")):
            key, its = shape.member.members
            return [{key: name, its: text} for name, text in tags.items()]
        case "list", list() | dict():
            several = value if isinstance(value, list) else [value]
            return [_converted(shape.member, each, at, call) for each in several]
        case "boolean", "true" | "false":  # So the provider wants them in launch templates.
            return value == "true"
        case _:
            return value


def _placed(fields: Fields, at: str, call: Fields) -> Fields:
    """Returns the properties at a path where the table says that they belong."""
    placed = dict[str, Any]()
    for name, value in fields.items():
        # The provider sends no empty values.
        if f"{at}{name}" in call.get("unsent", ()) or value in (None, {}, []):
            continue
        place, _, inner = call.get("names", {}).get(f"{at}{name}", name).partition(".[].")
        *around, last = place.split(".")
        target = placed
        for each in around:
            target = target.setdefault(each, {})
        target[last] = [{inner: each} for each in value] if inner else value
    return placed


def _check(shape: Any, value: Any, at: str, aws: FakeProvider) -> Iterator[str]:
    """Yields what botocore does not check of a call's input, or of a part of it."""
    limits, kind = shape.metadata, shape.type_name
    parts: list[tuple[str, Any, Any]] = []
    if kind == "structure":
        parts = [(f".{name}", shape.members[name], its) for name, its in value.items()]
    elif kind == "list":
        parts = [("[]", shape.member, its) for its in value]
    elif kind == "map":
        parts = [("[].key", shape.key, key) for key in value]
        parts += [("[].value", shape.value, its) for its in value.values()]
    wrong = [each for path, part, its in parts for each in _check(part, its, at + path, aws)]
    yield from wrong
    shown = str(value) if len(str(value)) <= 80 else f"{str(value)[:80]}…"
    said = f"{at.split('.', 2)[-1]} is {shown}; it must be"
    size, unit = (len(value), " long") if hasattr(value, "__len__") else (value, "")
    if size > limits.get("max", size):
        yield f"{said} at most {limits['max']}{unit}"
    if "pattern" in limits and not regex.fullmatch(limits["pattern"], value):
        yield f"{said} like {limits['pattern']}"
    if value not in limits.get("enum", [value]):
        yield f"{said} one of {', '.join(limits['enum'][:20])}"
    if not wrong:
        yield from (f"{said} {each['must be']}" for each in _rules(at) if _breaks(value, each, aws))


@cache
def _rules(at: str) -> list[Fields]:
    def holds(place: str) -> bool:
        return bool(regex.fullmatch(regex.escape(place).replace(r"\*", ".*"), at, regex.I))

    return [rule for rule in RULES if any(map(holds, rule["at"]))]


def _breaks(value: Any, rule: Fields, aws: FakeProvider) -> bool:
    if "check" in rule:
        return not CHECKS[rule["check"]](value, aws)
    pattern = rule["matches"].replace("<region>", aws.region).replace("<partition>", aws.partition)
    return not regex.fullmatch(pattern, str(value), regex.S | regex.X)
