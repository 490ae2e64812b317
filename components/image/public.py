"""AWS's own images of what runs on each node, and the tags of their copies."""

from typing import Final

from ..agent.agents import Backend
from ..architecture import Architecture

PUBLIC_REPOSITORIES: Final = {
    Backend.DAEMON: "public.ecr.aws/xray/aws-xray-daemon",
    Backend.COLLECTOR: "public.ecr.aws/aws-observability/aws-otel-collector",
}
"""Where AWS publishes them (aws/aws-xray-daemon, README; aws-observability/aws-otel-collector,
README)."""

PUBLIC_ARCHITECTURES: Final = (Architecture.AMD64, Architecture.ARM64)
"""What both run on (aws/aws-xray-daemon, release-build-publish workflow;
aws-observability/aws-otel-collector, CD workflow)."""


def public_tag(backend: Backend, version: str) -> str:
    """Returns the tag of a version: a collector's starts with v, a daemon's does not."""
    return f"v{version}" if backend == Backend.COLLECTOR else version


def public_reference(backend: Backend, version: str, digest: str | None) -> str:
    """Returns AWS's image of a version, by its digest where one is given."""
    tagged = f"{PUBLIC_REPOSITORIES[backend]}:{public_tag(backend, version)}"
    return tagged if digest is None else f"{tagged}@{digest}"


def mirror_tag(backend: Backend, version: str, digest: str | None) -> str:
    """Returns the tag of a copy: another one for another digest, since tags can't be moved."""
    tag = public_tag(backend, version)
    return tag if digest is None else f"{tag}-{digest.removeprefix('sha256:')[:12]}"
