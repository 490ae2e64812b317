"""AWS's own images of the agents, and the tags of their copies."""

from collections.abc import Mapping
from typing import Final

from ..architecture import Architecture
from ..choices import AgentKind

PUBLIC_IMAGES: Final[Mapping[AgentKind, str]] = {
    AgentKind.DAEMON: "public.ecr.aws/xray/aws-xray-daemon",
    AgentKind.COLLECTOR: "public.ecr.aws/aws-observability/aws-otel-collector",
}
"""aws/aws-xray-daemon, README; aws-observability/aws-otel-collector, README."""

BUILDABLE: Final = (AgentKind.DAEMON,)
"""Programs that this project has a Dockerfile for."""

PUBLIC_ARCHITECTURES: Final = (Architecture.AMD64, Architecture.ARM64)
"""What both run on (aws/aws-xray-daemon, release-build-publish workflow;
aws-observability/aws-otel-collector, CD workflow)."""


def public_tag(agent: AgentKind, version: str) -> str:
    """Returns the tag of a version."""
    return f"v{version}" if agent == AgentKind.COLLECTOR else version


def public_reference(agent: AgentKind, version: str, digest: str | None) -> str:
    """Returns AWS's image of a version, by its digest where one is given."""
    tagged = f"{PUBLIC_IMAGES[agent]}:{public_tag(agent, version)}"
    return tagged if digest is None else f"{tagged}@{digest}"


def mirror_tag(agent: AgentKind, version: str, digest: str | None) -> str:
    """Returns the tag of a copy: another one for another digest, since tags can't be moved."""
    tag = public_tag(agent, version)
    return tag if digest is None else f"{tag}-{digest.removeprefix('sha256:')[:12]}"
