"""The container image of the agent on each node."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final, NotRequired, TypedDict

import pulumi

from .. import aws_values
from ..architecture import ARCHITECTURES, DEFAULT_ARCHITECTURES, Architecture
from ..choices import DEFAULT_AGENT, AgentKind
from ..component import Component
from ..constraints import Constraint, matching
from ..inputs import Inputs
from .build import build_image, image_context
from .mirror import mirror_image
from .public import BUILDABLE, PUBLIC_ARCHITECTURES, mirror_tag, public_reference
from .repository import EcrRepository


class ImageSource(str, Enum):
    """Where the image comes from."""

    BUILD = "build"
    """Built here from AWS's signed release and pushed to an ECR repository of the account; the
    daemon only."""

    MIRROR = "mirror"
    """AWS's public image, copied to an ECR repository of the account: nothing is built."""

    PUBLIC = "public"
    """AWS's public image as it is: needs no Docker and makes no repository."""


class DaemonImageArgs(TypedDict):
    """Inputs of `DaemonImage`."""

    agent: NotRequired[AgentKind]
    """Which agent the image is of; of `both`, it is the daemon's, and the collector needs another
    `DaemonImage`."""

    image_source: NotRequired[ImageSource | None]
    """Where the agent's image comes from. Default: `build` for the daemon, `mirror` for a
    collector."""

    daemon_version: NotRequired[str]
    """Version of the X-Ray daemon."""

    daemon_digest: NotRequired[str | None]
    """Digest (`sha256:…`) of AWS's public image of that version. Default: whatever its tag leads
    to: when it is mirrored, or at each pull where the source is `public`."""

    collector_version: NotRequired[str]
    """Version of the collector, as AWS Distro for OpenTelemetry counts them."""

    collector_digest: NotRequired[str | None]
    """Digest of AWS's public image of that version. Default: as for the daemon."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures that an image is built for."""

    context: NotRequired[str | None]
    """Directory of the Dockerfile; at another path it is another image. Default:
    `images/xray-daemon` beside the components."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the agent's ECR repository. Default: one that Pulumi makes."""

    pull_accounts: NotRequired[Sequence[str]]
    """Other AWS accounts that may pull the agent's image from its ECR repository."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository. Default: none."""


DEFAULTS: Final[Mapping[str, Any]] = {
    "agent": DEFAULT_AGENT,
    # The newest that this release was tried with (aws/aws-xray-daemon, releases).
    "daemon_version": "3.6.6",
    # The newest in August 2026 (aws-observability/aws-otel-collector, releases).
    "collector_version": "0.50.0",
    "architectures": DEFAULT_ARCHITECTURES,
    "pull_accounts": (),
}

_DIGEST: Final = matching(
    r"sha256:[0-9a-f]{64}", "the digest of an image: sha256: and 64 hexadecimal digits"
)

_NUMBER: Final = r"(0|[1-9][0-9]{0,2})"

_DAEMON: Final = rf"3\.([3-9]|[1-9][0-9]{{1,2}})\.{_NUMBER}"
"""Since 3.3.0 AWS publishes archives and images for both architectures (aws/aws-xray-daemon,
Tool/src/packaging/linux/build_zip_linux.sh, pull request #84)."""

_COLLECTOR: Final = rf"(0\.(49|[5-9][0-9]|[1-9][0-9]{{2}})|[1-9][0-9]{{0,2}}\.{_NUMBER})\.{_NUMBER}"
"""The exporter `load_balancing` has its name since OpenTelemetry Collector 0.153 (its contrib's
#48533); 0.49.0 is made of 0.156, 0.48.0 of 0.151 (aws-otel-collector, go.mod)."""

CONSTRAINTS: Final[Mapping[str, Constraint]] = {
    "daemon_version": matching(
        _DAEMON, "a full version of the X-Ray daemon from 3.3.0 on, such as 3.6.6"
    ),
    "daemon_digest": _DIGEST,
    "collector_version": matching(
        _COLLECTOR, "a full version of the AWS Distro for OpenTelemetry Collector from 0.49.0 on"
    ),
    "collector_digest": _DIGEST,
    "architectures": ARCHITECTURES,
    "repository_name": aws_values.REPOSITORY_NAME,
    "pull_accounts": aws_values.ACCOUNTS,
    "tags": aws_values.TAGS,
}

DAEMON_IMAGE: Final = Inputs(DaemonImageArgs, DEFAULTS, CONSTRAINTS)


class DaemonImage(Component):
    """The image: built into a private ECR repository, copied there, or AWS's public one.

    Makes an `EcrRepository` and the image in it; with `public`, nothing. Another agent's image
    goes to the same repository.

    Raises:
        pulumi.RunError: An input is wrong, or a collector's image is to be built.
    """

    reference: pulumi.Output[str]
    """What the pods pull: by digest, unless `public` is given none."""

    architectures: pulumi.Output[Sequence[str]]
    """Architectures that the image runs on."""

    def __init__(
        self, name: str, args: DaemonImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = DAEMON_IMAGE.complete(args, f"DaemonImage {name}")
        self._agent = program_of(self._args["agent"])
        release = _release(self._args)
        self._release_version: str = release[0]
        self._release_digest: str | None = release[1]

        self.reference, architectures = self._find(
            self._args["image_source"] or default_source(self._agent)
        )
        self.architectures = pulumi.Output.from_input([each.value for each in architectures])
        self._register()

    def _find(self, source: ImageSource) -> tuple[pulumi.Output[str], Sequence[Architecture]]:
        if source == ImageSource.BUILD:
            return self._build(), self._args["architectures"]
        public = public_reference(self._agent, self._release_version, self._release_digest)
        if source == ImageSource.MIRROR:
            return self._mirror(public), PUBLIC_ARCHITECTURES
        return pulumi.Output.from_input(public), PUBLIC_ARCHITECTURES

    def _build(self) -> pulumi.Output[str]:
        if self._agent not in BUILDABLE:
            raise pulumi.RunError(
                f'image_source of DaemonImage {self._name} is "build"; it must be mirror or public '
                f"when agent is {self._agent.value}, which AWS builds."
            )
        return build_image(
            f"{self._name}-image",
            repository=self._create_repository(),
            context=self._args["context"] or image_context("images/xray-daemon"),
            version=self._release_version,
            build_args={"DAEMON_VERSION": self._release_version},
            architectures=self._args["architectures"],
            opts=self._child,
        )

    def _mirror(self, public: str) -> pulumi.Output[str]:
        return mirror_image(
            f"{self._name}-image",
            repository=self._create_repository(),
            source=public,
            tag=mirror_tag(self._agent, self._release_version, self._release_digest),
            opts=self._child,
        )

    def _create_repository(self) -> EcrRepository:
        """One and the same, wherever its image comes from."""
        return EcrRepository(
            self._name,
            {
                "repository_name": self._args["repository_name"],
                "pull_accounts": self._args["pull_accounts"],
                "tags": self._args["tags"],
            },
            self._child,
        )


def default_source(agent: AgentKind) -> ImageSource:
    """Returns where an agent's image comes from by default: built here where that is possible."""
    return ImageSource.BUILD if program_of(agent) in BUILDABLE else ImageSource.MIRROR


def program_of(agent: AgentKind) -> AgentKind:
    """Returns what an agent's image is of: with both, the daemon's."""
    return AgentKind.DAEMON if agent == AgentKind.BOTH else agent


def _release(args: DaemonImageArgs) -> tuple[str, str | None]:
    """Returns the version and the digest of the agent that the image is of."""
    releases = {
        AgentKind.DAEMON: (args["daemon_version"], args["daemon_digest"]),
        AgentKind.COLLECTOR: (args["collector_version"], args["collector_digest"]),
    }
    return releases[program_of(args["agent"])]
