"""A row of the table of settings, and what a change of a setting comes to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from settings import Settings, read_settings
from tests.support.immutable import immutable_inputs
from tests.support.program import declare
from tools.lab.deployment import Deployment, Resource

Values = dict[str, Any]

REGION: Final[Values] = {"aws:region": "eu-west-1"}


@dataclass(frozen=True)
class Row:
    """One setting, or a part of one such as `samplingRules[0].name`."""

    key: str
    right: tuple[Any, ...]
    """Right values; the first one is another than the default, and the stack is changed to it."""

    wrong: tuple[Any, ...]
    """Values of the right type that are wrong all the same, but for those of flags and choices."""

    must_be: str
    """What the refusal says, in part."""

    reaches: str | None = ""
    """Resources of the stack `dev` that the change touches, each after `~` if it gets other inputs,
    `!` if it is replaced, `+` if it is new and `-` if it goes; None if it makes another stack."""

    shows: tuple[str, ...] = ()
    """What is in those resources then, as JSON, and was not before."""

    beside: Values = field(default_factory=dict[str, Any])
    """Settings that must be set along with it."""

    before: Any = None
    """Its value before the change, where it is not the default."""

    def configuration(self, *value: Any) -> Values:
        """Returns the settings with a value at the row's place, or without one."""
        whole, _, part = self.key.partition(".")
        setting = whole.removesuffix("[0]")
        values = {**REGION, **self.beside}
        if not part:
            return values | dict.fromkeys([self.key] if value else [], *value)
        built = values.get(setting, {}) | dict.fromkeys([part] if value else [], *value)
        return {**values, setting: built if setting == whole else [built]}

    def taken(self, settings: Settings) -> Any:
        """Returns what settings have at the row's place."""
        *whole, part = self.key.removeprefix("aws:").replace("[0]", "").split(".")
        holder: Any = vars(settings)
        for each in whole:
            holder = holder[_snake(each)]
        return (holder[0] if isinstance(holder, list) else holder)[_snake(part)]

    def is_taken(self, value: Any) -> bool:
        """Returns whether settings have a value as it was given, parts in addition to it aside."""
        return _agrees(value, self.taken(read(self.configuration(value))))


def read(values: Mapping[str, Any]) -> Settings:
    """Returns the settings of a configuration, whose values are texts as Pulumi keeps them."""
    return read_settings(
        {key: each if isinstance(each, str) else json.dumps(each) for key, each in values.items()}
    )


def change(before: Values, after: Values) -> tuple[set[str], str, str]:
    """Returns what a change of settings comes to, and the touched resources before and after."""
    old, new = (_resources(_declared(json.dumps(each))) for each in (before, after))
    both = {each for each in old.keys() & new.keys() if old[each].inputs != new[each].inputs}
    anew = {each for each in both if immutable_inputs(old[each]) != immutable_inputs(new[each])}
    more, fewer = new.keys() - old.keys(), old.keys() - new.keys()
    signs = (("~", both - anew), ("!", anew), ("+", more), ("-", fewer))
    effects = {f"{sign}{label(*each)}" for sign, touched in signs for each in touched}
    return effects, _written(old, both | fewer), _written(new, both | more)


@cache
def _declared(settings: str) -> Deployment:
    return declare(**json.loads(settings))


def _resources(deployment: Deployment) -> dict[tuple[str, str], Resource]:
    """Returns the resources by type and name; components hold others and are nothing themselves."""
    return {
        (each.type, each.name): each
        for each in deployment.resources.values()
        if not each.type.startswith("xray-on-kubernetes:")
    }


def label(resource_type: str, name: str) -> str:
    """Returns a resource's name, and its kind unless the name ends with that."""
    kind = resource_type.rsplit(":", 1)[-1]
    return name if kind.lower().endswith(name.rpartition("-")[-1]) else f"{name}:{kind}"


def _written(resources: Mapping[tuple[str, str], Resource], touched: set[tuple[str, str]]) -> str:
    inputs = (dict(resources[each].inputs) for each in touched)
    return "\n".join(json.dumps(each, sort_keys=True, default=str) for each in inputs)


def _snake(key: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in key)


def _agrees(given: Any, taken: Any) -> bool:
    if isinstance(given, list) and len(given) == len(taken):
        return all(map(_agrees, given, taken))
    if isinstance(given, dict) and taken != given:
        return all(taken[_snake(key)] == each for key, each in given.items())
    return given == taken
