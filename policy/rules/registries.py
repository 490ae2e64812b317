"""ECR repositories: a tag never leads to another image, and a key of KMS encrypts them."""

from collections.abc import Iterator
from typing import Any, Final

from .rule import Configuration, Resource, Rule
from .values import at, is_unknown, items_of

TYPES: Final = frozenset(
    {
        "aws:ecr/repository:Repository",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
    }
)
"""Repositories, and what ECR makes repositories of by itself; their inputs are the same."""

KMS: Final = frozenset({"KMS", "KMS_DSSE"})
"""Kinds of encryption by a key of KMS (ECR API reference, EncryptionConfiguration)."""


def check_mutability(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields a repository whose tags can be moved to another image."""
    mutability = resource.properties.get("imageTagMutability")
    if resource.type in TYPES and not is_unknown(mutability) and mutability != "IMMUTABLE":
        yield (
            f"{resource.title} has imageTagMutability {_shown(mutability, 'MUTABLE')}; it must be "
            "IMMUTABLE."
        )


def check_encryption(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields a repository that no key of KMS encrypts."""
    configurations = resource.properties.get("encryptionConfigurations")
    if resource.type not in TYPES or is_unknown(configurations):
        return
    for configuration in items_of(configurations) or [{}]:
        encryption = at(configuration, "encryptionType")
        if not is_unknown(encryption) and encryption not in KMS:
            yield (
                f"{resource.title} has encryptionType {_shown(encryption, 'AES256')}; it must be "
                "KMS or KMS_DSSE."
            )


def _shown(value: Any, default: str) -> str:
    return str(value) if value is not None else f"{default}, which is ECR's default"


RULES: Final = (
    Rule(
        "ecr-immutable-tags",
        "A tag in an ECR repository never leads to another image.",
        check_mutability,
    ),
    Rule(
        "ecr-encryption",
        "A key of KMS encrypts every ECR repository.",
        check_encryption,
    ),
)
