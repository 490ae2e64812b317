"""The X-Ray daemon's container image."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NotRequired, TypedDict

import pulumi

from .architecture import Architecture
from .ecr_repository import EcrRepository
from .image_build import build_image
from .image_mirror import mirror_image

PUBLIC_REPOSITORY: Final = "public.ecr.aws/xray/aws-xray-daemon"
"""AWS's own image of the daemon (aws/aws-xray-daemon, README)."""

PUBLIC_ARCHITECTURES: Final = (Architecture.AMD64, Architecture.ARM64)
"""What AWS's own image runs on (aws/aws-xray-daemon, release-build-publish workflow)."""

DEFAULT_DAEMON_VERSION: Final = "3.6.6"
"""The newest release in November 2026 (aws/aws-xray-daemon, CHANGELOG)."""


class ImageSource(str, Enum):
    """Where the daemon's image comes from."""

    BUILD = "build"
    """Built here from AWS's signed release and pushed to an ECR repository of the account."""

    MIRROR = "mirror"
    """AWS's public image, copied to an ECR repository of the account: nothing is built."""

    PUBLIC = "public"
    """AWS's public image as it is: needs no Docker and makes no repository."""


class DaemonImageArgs(TypedDict):
    """Inputs of `DaemonImage`."""

    source: NotRequired[ImageSource]
    """Where the image comes from. Default: `build`."""

    daemon_version: NotRequired[str]
    """Version of the X-Ray daemon. Default: the newest that this release was tried with."""

    digest: NotRequired[str | None]
    """Digest (`sha256:…`) of AWS's public image of that version. Default: whatever its tag leads
    to: when it is mirrored, or at each pull where the source is `public`."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures that an image is built for. Default: `amd64`."""

    context: NotRequired[str]
    """Directory of the Dockerfile. Default: `images/xray-daemon` of the program."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the ECR repository. Default: one that Pulumi makes."""

    pull_accounts: NotRequired[Sequence[str]]
    """Other AWS accounts that may pull from the ECR repository. Default: none."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class DaemonImage(pulumi.ComponentResource):
    """The daemon's image: built into a private ECR repository, copied there, or AWS's public one.

    Makes an `EcrRepository` and the image in it; with `public`, nothing.
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
        self._daemon_version: str = args.get("daemon_version", DEFAULT_DAEMON_VERSION)
        self._child = pulumi.ResourceOptions(parent=self)
        source = ImageSource(args.get("source", ImageSource.BUILD))

        if source == ImageSource.BUILD:
            architectures = args.get("architectures", [Architecture.AMD64])
            self.reference = self._build(architectures)
        else:
            architectures = PUBLIC_ARCHITECTURES
            public = public_reference(self._daemon_version, args.get("digest"))
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
        return build_image(
            f"{self._name}-image",
            repository=self._create_repository(),
            context=self._args.get("context", "images/xray-daemon"),
            version=self._daemon_version,
            build_args={"DAEMON_VERSION": self._daemon_version},
            architectures=architectures,
            opts=self._child,
        )

    def _mirror(self, public: str) -> pulumi.Output[str]:
        return mirror_image(
            f"{self._name}-image",
            repository=self._create_repository(),
            source=public,
            tag=mirror_tag(self._daemon_version, self._args.get("digest")),
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


def public_reference(version: str, digest: str | None) -> str:
    """Returns AWS's public image of a version, by its digest where one is given."""
    tagged = f"{PUBLIC_REPOSITORY}:{version}"
    return tagged if digest is None else f"{tagged}@{digest}"


def mirror_tag(version: str, digest: str | None) -> str:
    """Returns the tag of a copy: another one for another digest, since tags can't be moved."""
    return version if digest is None else f"{version}-{digest.removeprefix('sha256:')[:12]}"
