"""A container image built from a directory and pushed to an ECR repository of its own."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_docker as docker

PLATFORM: Final = "linux/amd64"
"""The platform of the worker nodes that this project makes."""

IMAGES_KEPT: Final = 10
"""Tagged images that a repository keeps; older ones expire."""

UNTAGGED_DAYS: Final = 1
"""Days after which an image without a tag expires."""


class EcrImageArgs(TypedDict):
    """Inputs of `EcrImage`."""

    context: str
    """Directory that holds the Dockerfile and what it copies."""

    version: str
    """Version of what is inside; the first part of the image's tag."""

    build_args: NotRequired[dict[str, str]]
    """Build arguments of the Dockerfile."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the ECR repository. Default: one that Pulumi makes."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the ECR repository."""


class EcrImage(pulumi.ComponentResource):
    """An ECR repository (immutable tags, scan on push, encrypted) and an image built into it.

    The tag is made from the version and the contents of the build, so that unchanged input gives
    the same tag and a change never meets the tag of another image.
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

        repository = self._create_repository()
        self._create_lifecycle_policy(repository)
        image = self._build(repository)

        self.reference = image.repo_digest
        self.repository_url = repository.repository_url
        self.register_outputs({"reference": self.reference, "repository_url": self.repository_url})

    def _create_repository(self) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            f"{self._name}-repository",
            name=self._args.get("repository_name"),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS"}],
            # Every image can be built again; without this a destroy fails on the first one.
            force_delete=True,
            tags=self._args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_lifecycle_policy(self, repository: aws.ecr.Repository) -> None:
        aws.ecr.LifecyclePolicy(
            f"{self._name}-lifecycle",
            repository=repository.name,
            policy=json.dumps(lifecycle_policy_document()),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _build(self, repository: aws.ecr.Repository) -> docker.Image:
        context = Path(self._args["context"])
        if not (context / "Dockerfile").is_file():
            raise pulumi.RunError(
                f"context of {self._name} is '{context}'; it must be a directory with a Dockerfile."
            )
        build_args = self._args.get("build_args", {})
        tag = f"{self._args['version']}-{content_hash(context, build_args)[:12]}"
        token = aws.ecr.get_authorization_token_output(
            registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return docker.Image(
            f"{self._name}-image",
            image_name=pulumi.Output.concat(repository.repository_url, ":", tag),
            build={
                "context": str(context),
                "dockerfile": str(context / "Dockerfile"),
                "args": build_args,
                "platform": PLATFORM,
            },
            registry={
                "server": repository.repository_url,
                "username": token.user_name,
                "password": pulumi.Output.secret(token.password),
            },
            build_on_preview=False,
            # A new token alone is no change to the provider, and a push needs the newest one.
            opts=pulumi.ResourceOptions(parent=self),
        )


def lifecycle_policy_document() -> dict[str, Any]:
    """Returns the ECR lifecycle policy: untagged images go soon, and old ones one day."""
    return {
        "rules": [
            _expire(1, {"tagStatus": "untagged"}, "sinceImagePushed", UNTAGGED_DAYS),
            _expire(2, {"tagStatus": "any"}, "imageCountMoreThan", IMAGES_KEPT),
        ]
    }


def _expire(priority: int, images: dict[str, str], count_type: str, count: int) -> dict[str, Any]:
    unit = {"countUnit": "days"} if count_type == "sinceImagePushed" else {}
    return {
        "rulePriority": priority,
        "selection": {**images, "countType": count_type, **unit, "countNumber": count},
        "action": {"type": "expire"},
    }


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
