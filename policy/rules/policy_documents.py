"""The IAM policies in resources: where each type has them, and what kind each is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from .rule import Resource
from .values import at, fields_of, is_unknown, items_of, known_texts


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


DOCUMENTS: Final[Mapping[str, tuple[str, Kind]]] = {
    f"aws:{service}/{name[0].lower()}{name[1:]}:{name}": (key, kind)
    for kind, service, names, key in (
        (Kind.IDENTITY, "iam", "Policy RolePolicy UserPolicy GroupPolicy", "policy"),
        (Kind.IDENTITY, "ssoadmin", "PermissionSetInlinePolicy", "inlinePolicy"),
        (Kind.TRUST, "iam", "Role", "assumeRolePolicy"),
        (Kind.RESOURCE, "cloudwatch", "LogResourcePolicy", "policyDocument"),
        (Kind.RESOURCE, "ecr", "RegistryPolicy", "policy"),
        (Kind.RESOURCE, "s3", "BucketPolicy", "policy"),
        (Kind.RESOURCE, "sns", "TopicPolicy", "policy"),
        (Kind.RESOURCE, "xray", "ResourcePolicy", "policyDocument"),
        (Kind.OWN_RESOURCE, "ecr", "RepositoryPolicy", "policy"),
        (Kind.OWN_RESOURCE, "kms", "ExternalKey Key KeyPolicy ReplicaKey", "policy"),
        (Kind.OWN_RESOURCE, "secretsmanager", "SecretPolicy", "policy"),
        (Kind.OWN_RESOURCE, "sqs", "QueuePolicy", "policy"),
    )
    for name in names.split()
}
"""Types with a policy: the input that it is in, and its kind."""


@dataclass(frozen=True)
class Statement:
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
        by_kind = fields_of(principal)
        if by_kind:
            return [text for value in by_kind.values() for text in known_texts(value)]
        return known_texts(principal)


def statements_of(resource: Resource) -> Iterator[Statement]:
    """Yields what the policies of a resource allow; nothing of one that is not known yet."""
    if resource.type in DOCUMENTS:
        key, kind = DOCUMENTS[resource.type]
        yield from _allowing(resource.properties.get(key), key, kind)
    if resource.type == "aws:iam/role:Role":
        for inline in items_of(resource.properties.get("inlinePolicies")):
            name = at(inline, "name")
            place = "an inline policy" if not name or is_unknown(name) else f"inline policy {name}"
            yield from _allowing(at(inline, "policy"), place, Kind.IDENTITY)


def _allowing(document: Any, place: str, kind: Kind) -> Iterator[Statement]:
    for statement in items_of(_parsed(document).get("Statement")):
        fields = fields_of(statement)
        if fields.get("Effect") == "Allow":
            yield Statement(place, kind, fields)


def _parsed(document: Any) -> Mapping[str, Any]:
    if isinstance(document, str):
        try:
            return fields_of(json.loads(document))
        except ValueError:
            # Unknown, or what AWS itself refuses.
            return {}
    return fields_of(document)
