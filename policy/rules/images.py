"""Images: what runs is what was looked at, by its digest, and ECR keeps it encrypted as it is."""

import re
from collections.abc import Iterator
from typing import Any, Final

from .rule import Configuration, Resource, rule
from .values import at, fields_of, is_unknown, items_of, known_texts
from .workloads import chart_values, pods_of

DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}\Z")
"""How a reference to an image ends that never leads to another one (OCI distribution spec)."""

BY_DIGEST: Final = re.compile("(sha256:)?[0-9a-f]{64}")
"""What a chart is told as a digest."""

REPOSITORIES: Final = re.compile(r"^aws:ecr/repository(CreationTemplate)?:")
"""Repositories, and what ECR makes repositories of by itself; their inputs are the same."""


@rule("image-digests")
def check_images(resource: Resource, _: Configuration) -> Iterator[str]:
    """Every container's image is named by its digest."""
    must = "must end in a digest, @sha256:…"
    for pod in pods_of(resource):
        for title, container in (("its pod", pod.spec), *pod.containers()):
            for image in _without_digest(container.get("image")):
                yield f"{resource.title} runs {image} in {title}; its image {must}."
        for volume in items_of(pod.spec.get("volumes")):
            for image in _without_digest(at(volume, "image", "reference")):
                yield f"{resource.title} mounts {image}; it {must}."
    for path, key, value in chart_values(resource):
        named = key.lower().endswith(("image", "images", "imagetag"))
        named = named or {"repository", "tag"} <= fields_of(value).keys()
        if named and (image := _chart_image_without_digest(value)):
            yield f"{resource.title} sets {path} to {image}; it must have a digest, sha256:…."


def _without_digest(image: Any) -> list[str]:
    return [each for each in known_texts(image) if not DIGEST.search(each)]


def _chart_image_without_digest(value: Any) -> str:
    """Returns the image that a chart is told to run; nothing where it has a digest."""
    fields = {"repository": value} if isinstance(value, str) else fields_of(value)
    name = fields.get("repository") or fields.get("name")
    parts = [part for part in (name, fields.get("tag")) if part]
    digests = [str(fields.get(each)) for each in ("digest", "sha")]
    by_digest = any(is_unknown(each) or BY_DIGEST.fullmatch(each) for each in digests)
    image = ":".join(map(str, parts))
    return "" if by_digest or any(map(is_unknown, parts)) or DIGEST.search(image) else image


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
