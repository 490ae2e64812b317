"""Images: what runs is what was looked at, by its digest, and ECR keeps it encrypted as it is."""

import re
from collections.abc import Iterator
from typing import Any, Final

from .rule import Configuration, Resource, rule
from .values import at, fields_of, is_unknown, items_of
from .workloads import pods_of, release_values

DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
"""How a reference to an image ends that never leads to another one (OCI distribution
specification, digests)."""

CHART_DIGESTS: Final = ("digest", "sha")
"""Where charts keep a digest, beside `repository` and `tag`."""

REPOSITORIES: Final = (
    "aws:ecr/repository:Repository",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
)
"""Repositories, and what ECR makes repositories of by itself; their inputs are the same."""

KMS: Final = ("KMS", "KMS_DSSE")
"""Kinds of encryption by a key of KMS (ECR API reference, EncryptionConfiguration)."""


@rule("image-digests", "Every container's image is named by its digest.")
def check_images(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields the images that a resource runs by a tag."""
    for pod in pods_of(resource):
        for container in pod.containers():
            image = container.spec.get("image")
            if isinstance(image, str) and not is_unknown(image) and not DIGEST.search(image):
                yield (
                    f"{resource.title} runs {image} in {container.title}; its image must end in "
                    "a digest, @sha256:…."
                )
    for path, key, value in release_values(resource):
        if key.lower().endswith("image") and (image := _chart_image_without_digest(value)):
            yield f"{resource.title} sets {path} to {image}; it must have a digest, sha256:…."


def _chart_image_without_digest(value: Any) -> str:
    """Returns the image that a chart is told to run; nothing where it has a digest."""
    if isinstance(value, str):
        return "" if is_unknown(value) or DIGEST.search(value) else value
    fields = fields_of(value)
    if any(fields.get(key) for key in CHART_DIGESTS):
        return ""
    parts = [at(value, key) for key in ("repository", "tag")]
    if any(is_unknown(part) for part in parts):
        return ""
    image = ":".join(str(part) for part in parts if part)
    return "" if DIGEST.search(image) else image


@rule("ecr-immutable-tags", "A tag in an ECR repository never leads to another image.")
def check_mutability(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields a repository whose tags can be moved to another image."""
    mutability = resource.properties.get("imageTagMutability")
    if resource.type in REPOSITORIES and not is_unknown(mutability) and mutability != "IMMUTABLE":
        yield (
            f"{resource.title} has imageTagMutability {_shown(mutability, 'MUTABLE')}; it must be "
            "IMMUTABLE."
        )


@rule("ecr-encryption", "A key of KMS encrypts every ECR repository.")
def check_encryption(resource: Resource, _: Configuration) -> Iterator[str]:
    """Yields a repository that no key of KMS encrypts."""
    configurations = resource.properties.get("encryptionConfigurations")
    if resource.type not in REPOSITORIES or is_unknown(configurations):
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
