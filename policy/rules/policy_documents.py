"""The IAM policies in resources: found by their shape, and what kind each is."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

from .rule import Resource
from .values import at, fields_of, is_unknown, items_of, known_texts, parts_of


class Kind(Enum):
    """What a policy is for; `Resource` and `Principal` mean something else in each."""

    IDENTITY = "identity"
    """What its holder may do; it names resources, and no principals."""
    TRUST = "trust"
    """Who may become a role; it names principals, and no resources."""
    RESOURCE = "resource"
    """Who may do what with the resources of a service that it names."""
    OWN_RESOURCE = "own-resource"
    """Who may do what with the one resource that it belongs to, which `*` stands for."""


OWN_RESOURCE: Final = (
    *("aws:ecr/repositoryPolicy:", "aws:kms/", "aws:secretsmanager/", "aws:sqs/"),
)
"""How types begin whose policies are for one resource, which `*` stands for in them."""


class Statement(NamedTuple):
    """One statement of a policy that allows something."""

    place: str
    """Where in the resource its policy is."""
    kind: Kind
    fields: Mapping[str, Any]

    @property
    def actions(self) -> list[str]:
        """What it allows."""
        return known_texts(self.fields.get("Action"))

    @property
    def principals(self) -> list[str]:
        """Whom it allows that, without the kinds of principals."""
        principal = self.fields.get("Principal")
        by_kind = fields_of(principal).values() or [principal]
        return [text for value in by_kind for text in known_texts(value)]


def statements_of(resource: Resource) -> Iterator[Statement]:
    """Yields what policies anywhere in a resource allow; nothing of one that is not known yet."""
    for path, part in parts_of(resource.properties):
        document = _parsed(part) if isinstance(part, str) else part
        for statement in items_of(at(document, "Statement")):
            if at(statement, "Effect") == "Allow":
                place = _place(resource, path)
                yield Statement(place, _kind(resource, statement), fields_of(statement))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if "Statement" in text else None
    except ValueError:
        # What AWS itself refuses.
        return None


def _place(resource: Resource, path: tuple[str, ...]) -> str:
    if path[:1] != ("inlinePolicies",):
        return ".".join(path)
    name = at(items_of(resource.properties["inlinePolicies"])[int(path[1])], "name")
    return "an inline policy" if not name or is_unknown(name) else f"inline policy {name}"


def _kind(resource: Resource, statement: Any) -> Kind:
    if not fields_of(statement).keys() & {"Principal", "NotPrincipal"}:
        return Kind.IDENTITY
    if not fields_of(statement).keys() & {"Resource", "NotResource"}:
        return Kind.TRUST
    return Kind.OWN_RESOURCE if resource.type.startswith(OWN_RESOURCE) else Kind.RESOURCE
