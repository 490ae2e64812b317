"""A container image built from a directory and pushed to an ECR repository."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pulumi
import pulumi_docker as docker
import pulumi_docker_build as docker_build

from .architecture import Architecture, platform_of
from .ecr_repository import EcrRepository

NOT_BUILT: Final = "__pycache__"
"""What Python leaves beside its sources; it does not make another image."""


def build_image(
    name: str,
    *,
    repository: EcrRepository,
    context: str,
    version: str,
    build_args: Mapping[str, str],
    architectures: Sequence[Architecture],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Builds an image, pushes it, and returns it by digest: `<repository URL>@sha256:…`.

    The tag is made from the version and the contents of the build, so that unchanged input gives
    the same tag and a change never meets the tag of another image. Docker builds one platform;
    several need its buildx. Nothing is built in a preview.

    Args:
        name: The image resource's name.
        repository: Where the image is pushed to.
        context: Directory that holds the Dockerfile and what it copies.
        version: Version of what is inside; the first part of the image's tag.
        build_args: Build arguments of the Dockerfile.
        architectures: Architectures that the image runs on.
        opts: Options of the image resource.

    Raises:
        pulumi.RunError: There is no Dockerfile in the directory.
    """
    if not (Path(context) / "Dockerfile").is_file():
        raise pulumi.RunError(
            f"context of {name} is '{context}'; it must be a directory with a Dockerfile."
        )
    platforms = [platform_of(each) for each in architectures]
    digest = content_hash(Path(context), {**build_args, "platforms": ",".join(platforms)})
    image_name = pulumi.Output.concat(repository.url, ":", version, "-", digest[:12])
    if len(platforms) == 1:
        return _build_one(name, repository, image_name, context, build_args, platforms[0], opts)
    return _build_several(name, repository, image_name, context, build_args, platforms, opts)


def _build_one(
    name: str,
    repository: EcrRepository,
    image_name: pulumi.Output[str],
    context: str,
    build_args: Mapping[str, str],
    platform: str,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    token = repository.sign_in()
    return docker.Image(
        name,
        image_name=image_name,
        build={
            "context": context,
            "dockerfile": f"{context}/Dockerfile",
            "args": build_args,
            "platform": platform,
        },
        registry={
            "server": repository.url,
            "username": token.user_name,
            "password": pulumi.Output.secret(token.password),
        },
        build_on_preview=False,
        # A new token alone is no change to the provider, and a push needs the newest one.
        opts=opts,
    ).repo_digest


def _build_several(
    name: str,
    repository: EcrRepository,
    image_name: pulumi.Output[str],
    context: str,
    build_args: Mapping[str, str],
    platforms: Sequence[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    token = repository.sign_in()
    image = docker_build.Image(
        name,
        tags=[image_name],
        context={"location": context},
        dockerfile={"location": f"{context}/Dockerfile"},
        build_args=build_args,
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
        opts=opts,
    )
    return pulumi.Output.concat(repository.url, "@", image.digest)


def content_hash(context: Path, build_args: Mapping[str, str]) -> str:
    """Returns a SHA-256 (hex) over what goes into a build: its files and its arguments.

    Args:
        context: The build's directory; compiled Python does not count.
        build_args: What else decides what is built.
    """
    digest = hashlib.sha256(json.dumps(dict(sorted(build_args.items()))).encode())
    for file in sorted(_files_in(context)):
        digest.update(file.relative_to(context).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files_in(context: Path) -> Iterable[Path]:
    return (path for path in context.rglob("*") if path.is_file() and NOT_BUILT not in path.parts)
