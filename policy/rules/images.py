"""Images: what runs is what was looked at, so each is named by its digest."""

import re
from collections.abc import Iterator
from typing import Any, Final

from .rule import Configuration, Resource, Rule
from .values import at, fields_of, is_unknown
from .workloads import pods_of, release_values

DIGEST: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
"""How a reference to an image ends that never leads to another one (OCI distribution
specification, digests)."""

CHART_DIGESTS: Final = ("digest", "sha")
"""Where charts keep a digest, beside `repository` and `tag`."""


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
        if key.lower().endswith("image"):
            image = _chart_image_without_digest(value)
            if image:
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


RULES: Final = (
    Rule(
        "image-digests",
        "Every container's image is named by its digest.",
        check_images,
    ),
)
