"""What a rule is: a name, what it asks for, and a plain function that judges one resource."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .values import at, is_unknown

Configuration = Mapping[str, Any]
"""A rule's settings by name, as `--policy-pack-config` has them."""


class Resource(NamedTuple):
    """One resource as a program declares it, before it is made."""

    type: str
    """Pulumi's type, such as `aws:iam/role:Role`."""
    name: str
    """Its name in the program."""
    properties: Mapping[str, Any]
    """Its inputs; in a preview some may be unknown."""
    stack: str = ""
    """The name of its stack."""
    inside: tuple[str, ...] = ()
    """Types of the components that it is in, the outermost first."""

    @property
    def title(self) -> str:
        """How a person names it: the end of its type, and its own name or else the program's."""
        own = at(self.properties, "metadata", "name")
        return f"{self.type.split(':')[-1]} {own if own and not is_unknown(own) else self.name}"


Check = Callable[[Resource, Configuration], Iterator[str]]
"""Yields a sentence for each thing that is wrong: which resource, what it is, what it must be."""


class Rule(NamedTuple):
    """One rule that every stack is held to."""

    name: str
    """What a configuration calls it."""
    description: str
    """What it asks for, in a sentence."""
    check: Check
    """Judges one resource of any type."""
    settings: Mapping[str, Mapping[str, Any]]
    """JSON schemas of its settings by name; each has a `default`."""

    def violations(self, resource: Resource, configuration: Configuration) -> list[str]:
        """Returns what is wrong with a resource, a sentence each, by settings beside defaults."""
        defaults = {name: schema["default"] for name, schema in self.settings.items()}
        return [*dict.fromkeys(self.check(resource, {**defaults, **configuration}))]


def rule(name: str, **settings: Mapping[str, Any]) -> Callable[[Check], Rule]:
    """Makes a check the rule of a name, which its docstring describes; see `Rule`."""
    return lambda check: Rule(name, check.__doc__ or "", check, settings)


def list_setting(description: str, *default: str, kind: str = "string") -> Mapping[str, Any]:
    """Returns the schema of a setting that is a list."""
    items = {"type": kind}
    return {"description": description, "type": "array", "items": items, "default": [*default]}


def resource_of_urn(urn: str, properties: Mapping[str, Any]) -> Resource:
    """Returns the resource of `urn:pulumi:<stack>::<project>::<types, outermost first>::<name>`."""
    stack, _, types, name = urn.split("::", 3)
    *inside, resource_type = types.split("$")
    return Resource(resource_type, name, properties, stack.rsplit(":", 1)[-1], tuple(inside))
