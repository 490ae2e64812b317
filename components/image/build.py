"""A container image built from a directory and pushed to an ECR repository."""

import hashlib
import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi

from ..architecture import Architecture, platform_of
from .repository import KEPT, EcrRepository

_COMPONENTS: Final = Path(__file__).resolve().parents[1]


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

    The tag is made from the version, the contents of the build and where they are, since Docker's
    providers build anew for each of these: unchanged input gives the same tag, and a change never
    meets the tag of another image. Docker builds one platform; several need its buildx. Nothing is
    built in a preview.

    Raises:
        pulumi.RunError: There is no Dockerfile in the directory.
    """
    if not (Path(context) / "Dockerfile").is_file():
        raise pulumi.RunError(
            f"context of {name} is '{context}'; it must be a directory with a Dockerfile."
        )
    platforms = [platform_of(each) for each in architectures]
    decisive = {**build_args, "platforms": ",".join(platforms), "context": context}
    digest = content_hash(Path(context), decisive)
    image_name = pulumi.Output.concat(repository.url, ":", version, "-", digest[:12])
    build = _Build(name, repository, image_name, context, build_args, opts)
    return build.for_one(platforms[0]) if len(platforms) == 1 else build.for_several(platforms)


@dataclass(frozen=True)
class _Build:
    """What is built, by whichever of Docker's builders."""

    name: str
    repository: EcrRepository
    image_name: pulumi.Output[str]
    context: str
    build_args: Mapping[str, str]
    opts: pulumi.ResourceOptions

    def for_one(self, platform: str) -> pulumi.Output[str]:
        """Builds for one platform; returns the image by digest."""
        # Each builder's package is loaded only where it builds.
        import pulumi_docker as docker

        return docker.Image(
            self.name,
            image_name=self.image_name,
            build={
                "context": self.context,
                "dockerfile": f"{self.context}/Dockerfile",
                "args": self.build_args,
                "platform": platform,
            },
            registry={"server": self.repository.url, **self.repository.sign_in()},
            build_on_preview=False,
            # A new token alone is no change to the provider, and a push needs the newest one.
            opts=self.opts,
        ).repo_digest

    def for_several(self, platforms: Sequence[str]) -> pulumi.Output[str]:
        """Builds for several platforms; returns their index by digest."""
        import pulumi_docker_build as docker_build

        image = docker_build.Image(
            self.name,
            tags=[self.image_name],
            context={"location": self.context},
            dockerfile={"location": f"{self.context}/Dockerfile"},
            build_args=self.build_args,
            platforms=[docker_build.Platform(each) for each in platforms],
            registries=[{"address": self.repository.url, **self.repository.sign_in()}],
            push=True,
            build_on_preview=False,
            opts=pulumi.ResourceOptions.merge(self.opts, KEPT),
        )
        return pulumi.Output.concat(self.repository.url, "@", image.digest)


def content_hash(context: Path, build_args: Mapping[str, str]) -> str:
    """Returns a SHA-256 (hex) over what goes into a build: its files, their modes, its arguments.

    Compiled Python does not count. Docker's providers build anew where a file's mode is another
    (pulumi/pulumi-docker, provider/provider.go; pulumi/pulumi-docker-build,
    provider/internal/context.go).
    """
    digest = hashlib.sha256(json.dumps(dict(sorted(build_args.items()))).encode())
    for file in sorted(_files_in(context)):
        mode = stat.filemode(file.stat().st_mode)
        digest.update(f"{file.relative_to(context).as_posix()}\0{mode}".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files_in(context: Path) -> Iterable[Path]:
    return (
        path for path in context.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


def image_context(name: str) -> str:
    """Returns the directory of one of our own Dockerfiles.

    An installed package has it inside, a checkout beside the components. Below the working
    directory it is a relative path, so that another machine's checkout is no change of the image.
    """
    packaged = _COMPONENTS / name
    directory = packaged if packaged.is_dir() else _COMPONENTS.parent / name
    working = Path.cwd().resolve()
    if directory.is_relative_to(working):
        directory = directory.relative_to(working)
    return directory.as_posix()
