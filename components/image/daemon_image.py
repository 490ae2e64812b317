"""The container image of what runs on each node: the X-Ray daemon's, or a collector's."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NotRequired, TypedDict

import pulumi

from ..agent.agents import DEFAULT_COLLECTOR_VERSION, Backend
from ..architecture import Architecture
from .build import build_image
from .context import image_context
from .mirror import mirror_image
from .public import PUBLIC_ARCHITECTURES, mirror_tag, public_reference
from .repository import EcrRepository

DEFAULT_DAEMON_VERSION: Final = "3.6.6"
"""The version that this release was tried with (aws/aws-xray-daemon, releases)."""


class ImageSource(str, Enum):
    """Where the image comes from."""

    BUILD = "build"
    """Built here from AWS's signed release and pushed to an ECR repository of the account; the
    daemon's alone."""

    MIRROR = "mirror"
    """AWS's public image, copied to an ECR repository of the account: nothing is built."""

    PUBLIC = "public"
    """AWS's public image as it is: needs no Docker and makes no repository."""


class DaemonImageArgs(TypedDict):
    """Inputs of `DaemonImage`."""

    backend: NotRequired[Backend]
    """What the image is of. Default: `daemon`."""

    source: NotRequired[ImageSource]
    """Where the image comes from. Default: `build`, of a collector `mirror`."""

    daemon_version: NotRequired[str]
    """Version of the X-Ray daemon. Default: the newest that this release was tried with."""

    collector_version: NotRequired[str]
    """Version of the collector, as AWS Distro for OpenTelemetry counts them. Default: the newest
    that this release was tried with."""

    digest: NotRequired[str | None]
    """Digest (`sha256:…`) of AWS's public image of that version. Default: whatever its tag leads
    to: when it is mirrored, or at each pull where the source is `public`."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures that an image is built for. Default: `amd64`."""

    context: NotRequired[str]
    """Directory of the Dockerfile; at another path it is another image. Default:
    `images/xray-daemon` beside the components."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the ECR repository. Default: one that Pulumi makes."""

    pull_accounts: NotRequired[Sequence[str]]
    """Other AWS accounts that may pull from the ECR repository. Default: none."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class DaemonImage(pulumi.ComponentResource):
    """The image: built into a private ECR repository, copied there, or AWS's public one.

    Makes an `EcrRepository` and the image in it; with `public`, nothing. Another backend's image
    goes to the same repository.

    Raises:
        pulumi.RunError: A collector's image is to be built.
    """

    reference: pulumi.Output[str]
    """What the pods pull: by digest, unless `public` is told none."""

    architectures: pulumi.Output[Sequence[str]]
    """Architectures that the image runs on."""

    def __init__(
        self, name: str, args: DaemonImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:DaemonImage", name, None, opts)
        self._name = name
        self._args = args
        self._backend = Backend(args.get("backend", Backend.DAEMON))
        self._image_version: str = _version(args, self._backend)
        self._child = pulumi.ResourceOptions(parent=self)
        source = ImageSource(args.get("source", default_source(self._backend)))

        if source == ImageSource.BUILD:
            architectures = args.get("architectures", [Architecture.AMD64])
            self.reference = self._build(architectures)
        else:
            architectures = PUBLIC_ARCHITECTURES
            public = public_reference(self._backend, self._image_version, args.get("digest"))
            self.reference = (
                self._mirror(public)
                if source == ImageSource.MIRROR
                else pulumi.Output.from_input(public)
            )
        self.architectures = pulumi.Output.from_input(
            [Architecture(each).value for each in architectures]
        )
        self.register_outputs({"reference": self.reference, "architectures": self.architectures})

    def _build(self, architectures: Sequence[Architecture]) -> pulumi.Output[str]:
        if self._backend != Backend.DAEMON:
            raise pulumi.RunError(
                f"source of {self._name} is 'build'; it must be mirror or public where backend is "
                f"{self._backend.value}, whose image is AWS's own."
            )
        return build_image(
            f"{self._name}-image",
            repository=self._create_repository(),
            context=self._args.get("context", image_context("images/xray-daemon")),
            version=self._image_version,
            build_args={"DAEMON_VERSION": self._image_version},
            architectures=architectures,
            opts=self._child,
        )

    def _mirror(self, public: str) -> pulumi.Output[str]:
        return mirror_image(
            f"{self._name}-image",
            repository=self._create_repository(),
            source=public,
            tag=mirror_tag(self._backend, self._image_version, self._args.get("digest")),
            opts=self._child,
        )

    def _create_repository(self) -> EcrRepository:
        """One and the same, wherever its image comes from."""
        return EcrRepository(
            self._name,
            {
                "repository_name": self._args.get("repository_name"),
                "pull_accounts": self._args.get("pull_accounts", []),
                "tags": self._args.get("tags"),
            },
            self._child,
        )


def default_source(backend: Backend) -> ImageSource:
    """Returns where an image comes from unless it is said: a daemon's is built here."""
    return ImageSource.BUILD if backend == Backend.DAEMON else ImageSource.MIRROR


def _version(args: DaemonImageArgs, backend: Backend) -> str:
    if backend == Backend.DAEMON:
        return args.get("daemon_version", DEFAULT_DAEMON_VERSION)
    return args.get("collector_version", DEFAULT_COLLECTOR_VERSION)
