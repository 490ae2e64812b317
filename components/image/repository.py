"""An ECR repository for one image."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ..component import Component
from ..policy_document import PolicyDocument, policy_document

IMAGES_KEPT: Final = 10
"""Tagged images that a repository keeps; older ones expire. What an index of several architectures
refers to has no tag, and doesn't expire before the index (ECR user guide, LifecyclePolicies)."""

KEPT: Final = pulumi.ResourceOptions(retain_on_delete=True)
"""Of an image that docker-build pushes, since it deletes a replaced or removed one by its digest
(pulumi-docker-build, provider/internal/index.go, image.go), and ECR then deletes every tag of that
digest, also that of the new one. The lifecycle policy deletes instead."""

UNTAGGED_DAYS: Final = 1
"""Days after which an image without a tag expires."""

PULL_ACTIONS: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)
"""What another account needs to pull (ECR user guide, repository-policy-examples)."""


class EcrRepositoryArgs(TypedDict):
    """Inputs of `EcrRepository`."""

    repository_name: NotRequired[pulumi.Input[str | None]]
    """Name of the repository. Default: one that Pulumi makes."""

    pull_accounts: NotRequired[Sequence[str]]
    """Other AWS accounts that may pull from it. Default: none."""

    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]] | None]]
    """Tags of the repository."""


class SignIn(TypedDict):
    """A name and a password, as Docker's providers take them."""

    username: pulumi.Input[str]
    """The registry's user; ECR has but one."""

    password: pulumi.Input[str]
    """A token, kept as a secret."""


class EcrRepository(Component):
    """An ECR repository: immutable tags, scan on push, encrypted by KMS, old images expire.

    Makes the repository, its lifecycle policy and, with `pull_accounts`, its repository policy.
    """

    url: pulumi.Output[str]
    """URL of the repository, without a tag."""

    registry_id: pulumi.Output[str]
    """The account that it belongs to."""

    def __init__(
        self, name: str, args: EcrRepositoryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = args

        repository = self._create_repository()
        self._create_lifecycle_policy(repository)
        pull_accounts = args.get("pull_accounts", [])
        if pull_accounts:
            self._create_repository_policy(repository, pull_accounts)

        self.url = repository.repository_url
        self.registry_id = repository.registry_id
        self._register()

    def sign_in(self) -> SignIn:
        """Returns what Docker signs in to the registry with, for the next 12 hours."""
        token = aws.ecr.get_authorization_token_output(
            registry_id=self.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return {"username": token.user_name, "password": pulumi.Output.secret(token.password)}

    def _create_repository(self) -> "aws.ecr.Repository":
        return aws.ecr.Repository(
            f"{self._name}-repository",
            name=self._args.get("repository_name"),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS"}],
            # Every image can be made again; without this a destroy fails on the first one.
            force_delete=True,
            tags=self._args.get("tags"),
            opts=self._child,
        )

    def _create_lifecycle_policy(self, repository: "aws.ecr.Repository") -> None:
        aws.ecr.LifecyclePolicy(
            f"{self._name}-lifecycle",
            repository=repository.name,
            policy=json.dumps(lifecycle_policy_document()),
            opts=self._child,
        )

    def _create_repository_policy(
        self, repository: "aws.ecr.Repository", accounts: Sequence[str]
    ) -> None:
        partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self)).partition
        aws.ecr.RepositoryPolicy(
            f"{self._name}-policy",
            repository=repository.name,
            policy=partition.apply(
                lambda known: json.dumps(repository_policy_document(known, accounts))
            ),
            opts=self._child,
        )


def lifecycle_policy_document() -> dict[str, Any]:
    """Returns the ECR lifecycle policy: untagged images go soon, and old ones one day."""
    tagged = {"tagStatus": "tagged", "tagPatternList": ["*"]}
    return {
        "rules": [
            _expire(1, {"tagStatus": "untagged"}, "sinceImagePushed", UNTAGGED_DAYS),
            _expire(2, tagged, "imageCountMoreThan", IMAGES_KEPT),
        ]
    }


def _expire(priority: int, images: dict[str, Any], count_type: str, count: int) -> dict[str, Any]:
    unit = {"countUnit": "days"} if count_type == "sinceImagePushed" else {}
    return {
        "rulePriority": priority,
        "selection": {**images, "countType": count_type, **unit, "countNumber": count},
        "action": {"type": "expire"},
    }


def repository_policy_document(partition: str, accounts: Sequence[str]) -> PolicyDocument:
    """Returns the ECR repository policy that lets other accounts pull, and nothing else."""
    return policy_document(
        {
            "Sid": "PullFromOtherAccounts",
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{partition}:iam::{each}:root" for each in accounts]},
            "Action": list(PULL_ACTIONS),
        }
    )
