"""A container image built from a directory and pushed to an ECR repository of its own."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker
import pulumi_docker_build as docker_build

from .architecture import Architecture, platform_of
from .ecr_repository import EcrRepository


class EcrImageArgs(TypedDict):
    """Inputs of `EcrImage`."""

    context: str
    """Directory that holds the Dockerfile and what it copies."""

    version: str
    """Version of what is inside; the first part of the image's tag."""

    build_args: NotRequired[dict[str, str]]
    """Build arguments of the Dockerfile."""

    architectures: NotRequired[Sequence[Architecture]]
    """Architectures that the image runs on. Default: `amd64`."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the ECR repository. Default: one that Pulumi makes."""

    pull_accounts: NotRequired[Sequence[str]]
    """Other AWS accounts that may pull from it. Default: none."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class EcrImage(pulumi.ComponentResource):
    """An `EcrRepository` and an image built into it, for one architecture or several.

    The tag is made from the version and the contents of the build, so that unchanged input gives
    the same tag and a change never meets the tag of another image. Docker builds one platform;
    several need Docker's buildx.
    """

    reference: pulumi.Output[str]
    """The image by digest: `<repository URL>@sha256:…`."""

    repository_url: pulumi.Output[str]
    """URL of the repository, without a tag."""

    def __init__(
        self, name: str, args: EcrImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("xray-on-kubernetes:index:EcrImage", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self._context = self._find_context()
        architectures = args.get("architectures", [Architecture.AMD64])
        platforms = [platform_of(each) for each in architectures]

        repository = EcrRepository(
            name,
            {
                "repository_name": args.get("repository_name"),
                "pull_accounts": args.get("pull_accounts", []),
                "tags": args.get("tags"),
            },
            self._child,
        )
        if len(platforms) == 1:
            self.reference = self._build(repository, platforms[0])
        else:
            self.reference = self._build_several(repository, platforms)
        self.repository_url = repository.url
        self.register_outputs({"reference": self.reference, "repository_url": self.repository_url})

    def _find_context(self) -> Path:
        context = Path(self._args["context"])
        if not (context / "Dockerfile").is_file():
            raise pulumi.RunError(
                f"context of {self._name} is '{context}'; it must be a directory with a Dockerfile."
            )
        return context

    def _image_name(
        self, repository: EcrRepository, platforms: Sequence[str]
    ) -> pulumi.Output[str]:
        build_args = self._args.get("build_args", {})
        digest = content_hash(self._context, {**build_args, "platforms": ",".join(platforms)})
        return pulumi.Output.concat(repository.url, ":", self._args["version"], "-", digest[:12])

    def _build(self, repository: EcrRepository, platform: str) -> pulumi.Output[str]:
        token = registry_token(repository, self)
        return docker.Image(
            f"{self._name}-image",
            image_name=self._image_name(repository, [platform]),
            build={
                "context": str(self._context),
                "dockerfile": str(self._context / "Dockerfile"),
                "args": self._args.get("build_args", {}),
                "platform": platform,
            },
            registry={
                "server": repository.url,
                "username": token.user_name,
                "password": pulumi.Output.secret(token.password),
            },
            build_on_preview=False,
            # A new token alone is no change to the provider, and a push needs the newest one.
            opts=self._child,
        ).repo_digest

    def _build_several(
        self, repository: EcrRepository, platforms: Sequence[str]
    ) -> pulumi.Output[str]:
        token = registry_token(repository, self)
        image = docker_build.Image(
            f"{self._name}-image",
            tags=[self._image_name(repository, platforms)],
            context={"location": str(self._context)},
            dockerfile={"location": str(self._context / "Dockerfile")},
            build_args=self._args.get("build_args", {}),
            platforms=[docker_build.Platform(each) for each in platforms],
            registries=[
                {
                    "address": repository.url,
                    "username": token.user_name,
                    "password": pulumi.Output.secret(token.password),
                }
            ],
            push=True,
            build_on_preview=False,
            opts=self._child,
        )
        return pulumi.Output.concat(repository.url, "@", image.digest)


def registry_token(
    repository: EcrRepository, parent: pulumi.Resource
) -> pulumi.Output[aws.ecr.GetAuthorizationTokenResult]:
    """Returns what Docker signs in to a repository's registry with, for the next 12 hours."""
    return aws.ecr.get_authorization_token_output(
        registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=parent)
    )


def content_hash(context: Path, build_args: Mapping[str, str]) -> str:
    """Returns a SHA-256 (hex) over what goes into a build: its files and its arguments.

    Args:
        context: The build's directory; compiled Python does not count.
        build_args: The Dockerfile's build arguments.
    """
    digest = hashlib.sha256(json.dumps(dict(sorted(build_args.items()))).encode())
    for file in sorted(_files_in(context)):
        digest.update(file.relative_to(context).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files_in(context: Path) -> Iterable[Path]:
    return (
        path for path in context.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
