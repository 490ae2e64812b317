"""AWS's own images of the agents, and the tags of their copies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..architecture import Architecture
from ..choices import AgentKind


@dataclass(frozen=True)
class PublicImage:
    """The image that AWS publishes of an agent."""

    repository: str

    tag_prefix: str = ""
    """What the tag has before the version."""

    buildable: bool = False
    """Whether this project has a Dockerfile of its own for it."""


PUBLIC_IMAGES: Final[Mapping[AgentKind, PublicImage]] = {
    AgentKind.DAEMON: PublicImage("public.ecr.aws/xray/aws-xray-daemon", buildable=True),
    AgentKind.COLLECTOR: PublicImage(
        "public.ecr.aws/aws-observability/aws-otel-collector", tag_prefix="v"
    ),
}
"""aws/aws-xray-daemon, README; aws-observability/aws-otel-collector, README."""

PUBLIC_ARCHITECTURES: Final = (Architecture.AMD64, Architecture.ARM64)
"""What both run on (aws/aws-xray-daemon, release-build-publish workflow;
aws-observability/aws-otel-collector, CD workflow)."""


def public_tag(agent: AgentKind, version: str) -> str:
    """Returns the tag of a version."""
    return f"{PUBLIC_IMAGES[agent].tag_prefix}{version}"


def public_reference(agent: AgentKind, version: str, digest: str | None) -> str:
    """Returns AWS's image of a version, by its digest where one is given."""
    tagged = f"{PUBLIC_IMAGES[agent].repository}:{public_tag(agent, version)}"
    return tagged if digest is None else f"{tagged}@{digest}"


def mirror_tag(agent: AgentKind, version: str, digest: str | None) -> str:
    """Returns the tag of a copy: another one for another digest, since tags can't be moved."""
    tag = public_tag(agent, version)
    return tag if digest is None else f"{tag}-{digest.removeprefix('sha256:')[:12]}"
