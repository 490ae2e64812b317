"""An image of another registry, copied to an ECR repository of its own."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_docker_build as docker_build

from .ecr_image import registry_token
from .ecr_repository import EcrRepository


class MirroredImageArgs(TypedDict):
    """Inputs of `MirroredImage`."""

    source: str
    """The image to copy, with all its platforms."""

    tag: str
    """Tag of the copy."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the ECR repository. Default: one that Pulumi makes."""

    pull_accounts: NotRequired[Sequence[str]]
    """Other AWS accounts that may pull from it. Default: none."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class MirroredImage(pulumi.ComponentResource):
    """An `EcrRepository` and the copy of an image in it, digest and platforms unchanged.

    Docker's registry client copies it; no Docker daemon is asked.
    """

    reference: pulumi.Output[str]
    """The copy by digest: `<repository URL>@sha256:…`."""

    def __init__(
        self, name: str, args: MirroredImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:MirroredImage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        repository = EcrRepository(
            name,
            {
                "repository_name": args.get("repository_name"),
                "pull_accounts": args.get("pull_accounts", []),
                "tags": args.get("tags"),
            },
            child,
        )
        token = registry_token(repository, self)
        copy = docker_build.Index(
            f"{name}-image",
            sources=[args["source"]],
            tag=pulumi.Output.concat(repository.url, ":", args["tag"]),
            registry={
                "address": repository.url,
                "username": token.user_name,
                "password": pulumi.Output.secret(token.password),
            },
            push=True,
            opts=child,
        )
        self.reference = copy.ref.apply(without_tag)
        self.register_outputs({"reference": self.reference})


def without_tag(reference: str) -> str:
    """Returns a reference by its digest alone; one without a digest stays as it is.

    Args:
        reference: Such as `registry.example.com/repository:tag@sha256:…`.
    """
    tagged, at, digest = reference.partition("@")
    repository, _, tag = tagged.rpartition(":")
    return f"{repository}@{digest}" if at and repository and "/" not in tag else reference
