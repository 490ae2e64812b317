"""The X-Ray daemon's container image."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NotRequired, TypedDict

import pulumi

from .ecr_image import EcrImage

PUBLIC_REPOSITORY: Final = "public.ecr.aws/xray/aws-xray-daemon"
"""AWS's own image of the daemon (aws/aws-xray-daemon, README)."""

DEFAULT_DAEMON_VERSION: Final = "3.6.6"
"""The newest release in November 2026 (aws/aws-xray-daemon, CHANGELOG)."""


class ImageSource(str, Enum):
    """Where the daemon's image comes from."""

    BUILD = "build"
    """Built here from AWS's binary and pushed to an ECR repository of the account."""

    PUBLIC = "public"
    """AWS's public image as it is: needs no Docker and makes no repository."""


class DaemonImageArgs(TypedDict):
    """Inputs of `DaemonImage`."""

    source: NotRequired[ImageSource]
    """Where the image comes from. Default: `build`."""

    daemon_version: NotRequired[str]
    """Version of the X-Ray daemon. Default: the newest that this release was tried with."""

    context: NotRequired[str]
    """Directory of the Dockerfile. Default: `images/xray-daemon` of the program."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the ECR repository. Default: one that Pulumi makes."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class DaemonImage(pulumi.ComponentResource):
    """The daemon's image: built into a private ECR repository, or AWS's public one.

    Makes, with `build`, an `EcrImage`; with `public`, nothing.
    """

    reference: pulumi.Output[str]
    """What the pods pull: by digest when built, by version when public."""

    def __init__(
        self, name: str, args: DaemonImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:DaemonImage", name, None, opts)
        version = args.get("daemon_version", DEFAULT_DAEMON_VERSION)
        if ImageSource(args.get("source", ImageSource.BUILD)) == ImageSource.BUILD:
            self.reference = self._build(name, version, args).reference
        else:
            self.reference = pulumi.Output.from_input(f"{PUBLIC_REPOSITORY}:{version}")
        self.register_outputs({"reference": self.reference})

    def _build(self, name: str, version: str, args: DaemonImageArgs) -> EcrImage:
        return EcrImage(
            name,
            {
                "context": args.get("context", "images/xray-daemon"),
                "version": version,
                "build_args": {"DAEMON_VERSION": version},
                "repository_name": args.get("repository_name"),
                "tags": args.get("tags"),
            },
            pulumi.ResourceOptions(parent=self),
        )
