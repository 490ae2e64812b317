"""Images: what runs is what was looked at, by its digest, and ECR keeps it encrypted as it is."""

import re
from collections.abc import Iterator
from typing import Any, Final

from .rule import Configuration, Resource, rule
from .values import at, fields_of, is_unknown, items_of, known_texts
from .workloads import chart_values, containers_of, pods_of

DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}\Z")
"""How a reference to an image ends that never leads to another one (OCI distribution spec)."""

REPOSITORIES: Final = re.compile(r"^aws:ecr/repository(CreationTemplate)?:")
"""Repositories, and what ECR makes repositories of by itself; their inputs are the same."""


@rule("image-digests")
def check_images(resource: Resource, _: Configuration) -> Iterator[str]:
    """Every container's image is named by its digest."""
    for container in containers_of(resource):
        for image in known_texts(container.spec.get("image")):
            if not DIGEST.search(image):
                runs = f"{resource.title} runs {image} in {container.title}"
                yield f"{runs}; its image must end in a digest, @sha256:…."
    for pod in pods_of(resource):
        for volume in items_of(pod.spec.get("volumes")):
            for image in known_texts(at(volume, "image", "reference")):
                if not DIGEST.search(image):
                    yield f"{resource.title} mounts {image}; it must end in a digest, @sha256:…."
    for path, key, value in chart_values(resource):
        named = key.lower().endswith(("image", "images"))
        named = named or {"repository", "tag"} <= fields_of(value).keys()
        if named and (image := _chart_image_without_digest(value)):
            yield f"{resource.title} sets {path} to {image}; it must have a digest, sha256:…."


def _chart_image_without_digest(value: Any) -> str:
    """Returns the image that a chart is told to run; nothing where it has a digest."""
    fields = {"repository": value} if isinstance(value, str) else fields_of(value)
    name = fields.get("repository") or fields.get("name")
    parts = [part for part in (name, fields.get("tag")) if part]
    if any(map(is_unknown, parts)) or any(map(_is_digest, map(fields.get, ("digest", "sha")))):
        return ""
    image = ":".join(map(str, parts))
    return "" if DIGEST.search(image) else image


def _is_digest(value: Any) -> bool:
    return is_unknown(value) or bool(re.fullmatch("(sha256:)?[0-9a-f]{64}", str(value)))


@rule("ecr-immutable-tags")
def check_mutability(resource: Resource, _: Configuration) -> Iterator[str]:
    """A tag in an ECR repository never leads to another image."""
    mutability = resource.properties.get("imageTagMutability")
    yield from _of_repository(resource, "imageTagMutability", mutability, "MUTABLE", "IMMUTABLE")


@rule("ecr-encryption")
def check_encryption(resource: Resource, _: Configuration) -> Iterator[str]:
    """A key of KMS encrypts every ECR repository."""
    configurations = resource.properties.get("encryptionConfigurations")
    for each in items_of(configurations) or [configurations]:
        kind = at(each, "encryptionType")
        yield from _of_repository(resource, "encryptionType", kind, "AES256", "KMS", "KMS_DSSE")


def _of_repository(
    resource: Resource, setting: str, value: Any, default: str, *right: str
) -> Iterator[str]:
    if REPOSITORIES.search(resource.type) and not is_unknown(value) and value not in right:
        shown = f"{default}, which is ECR's default" if value is None else value
        yield f"{resource.title} has {setting} {shown}; it must be {' or '.join(right)}."
