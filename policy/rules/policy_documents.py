"""The IAM policies in resources: where each type has them, and what kind each is."""

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

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
    "aws:iam/policy:Policy": ("policy", Kind.IDENTITY),
    "aws:iam/rolePolicy:RolePolicy": ("policy", Kind.IDENTITY),
    "aws:iam/userPolicy:UserPolicy": ("policy", Kind.IDENTITY),
    "aws:iam/groupPolicy:GroupPolicy": ("policy", Kind.IDENTITY),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": (
        "inlinePolicy",
        Kind.IDENTITY,
    ),
    "aws:iam/role:Role": ("assumeRolePolicy", Kind.TRUST),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyDocument", Kind.RESOURCE),
    "aws:ecr/registryPolicy:RegistryPolicy": ("policy", Kind.RESOURCE),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", Kind.RESOURCE),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", Kind.RESOURCE),
    "aws:xray/resourcePolicy:ResourcePolicy": ("policyDocument", Kind.RESOURCE),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy", Kind.OWN_RESOURCE),
    "aws:kms/externalKey:ExternalKey": ("policy", Kind.OWN_RESOURCE),
    "aws:kms/key:Key": ("policy", Kind.OWN_RESOURCE),
    "aws:kms/keyPolicy:KeyPolicy": ("policy", Kind.OWN_RESOURCE),
    "aws:kms/replicaKey:ReplicaKey": ("policy", Kind.OWN_RESOURCE),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy", Kind.OWN_RESOURCE),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", Kind.OWN_RESOURCE),
}
"""Types with a policy: the input that it is in, and its kind."""


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
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            # Unknown, or what AWS itself refuses.
            return
    for statement in items_of(at(document, "Statement")):
        if at(statement, "Effect") == "Allow":
            yield Statement(place, kind, fields_of(statement))
