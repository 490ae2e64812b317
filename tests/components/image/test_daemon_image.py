"""Where the agent's image comes from, and the ECR repository that it is kept in."""

import json
import re
from typing import Any, Final

import pytest

from components import AgentKind, ImageSource
from components.image.mirror import without_tag
from components.image.public import mirror_tag, public_reference
from components.image.repository import lifecycle_policy_document
from tests.support.program import (
    ACCOUNT,
    VARIANTS,
    container_of,
    containers_of,
    kind_of,
    only,
    samples,
    settings_of,
    variant,
)
from tools.lab.deployment import Deployment

DIGEST: Final = f"sha256:{'0f' * 32}"
DAEMON: Final = "public.ecr.aws/xray/aws-xray-daemon:3.6.6"
COLLECTOR: Final = "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0"

PAIRS: Final = {kind_of(name)[1:]: name for name in reversed([*VARIANTS])}.values()
"""A variant with each image source on each kind of cluster."""

BOTHS: Final = ("both", "both-gateway", "both-public")


def images_of(deployment: Deployment, name: str) -> set[str]:
    """Returns the types of the image resources with a name."""
    return {
        each.type
        for each in deployment.resources.values()
        if each.type.startswith("docker") and each.name == f"{name}-image"
    }


@pytest.mark.parametrize("name", [*PAIRS, "both-architectures", "collector", "gateway", *BOTHS])
def test_image_comes_from_its_source_by_digest(name: str) -> None:
    deployment, source, settings = variant(name), kind_of(name).image, settings_of(name)
    daemon_set = only(deployment.objects("DaemonSet"))
    reference = container_of(daemon_set)["image"]
    assert reference == deployment.outputs["daemonImage"]
    made = images_of(deployment, "xray-daemon")
    several = len(settings.architectures) > 1
    if source == ImageSource.PUBLIC:
        assert reference == (COLLECTOR if settings.agent == AgentKind.COLLECTOR else DAEMON)
        assert not made
        assert not deployment.of_type("aws:ecr/repository:Repository")
    else:
        registry = rf"{ACCOUNT}\.dkr\.ecr\.eu-west-1\.amazonaws\.com"
        repository = settings.repository_name or "xray-daemon-repository"
        registry = registry.replace("eu-west-1", settings.region)
        assert re.fullmatch(rf"{registry}/{repository}@sha256:[0-9a-f]{{64}}", reference)
        built = "docker-build:index:Image" if several else "docker:index/image:Image"
        assert made == {"docker-build:index:Index" if source == ImageSource.MIRROR else built}
    pushed = [each for each in deployment.resources.values() if "docker-build:index:" in each.type]
    assert all(each.retained for each in pushed), "the same digest may be in use by another tag"
    for sample in samples(deployment) if images_of(deployment, "sample-services") else []:
        assert re.search(r"[^:]@sha256:[0-9a-f]{64}$", container_of(sample)["image"])

    # AWS's own images run on both architectures; a built one, on what it was built for.
    affinity = daemon_set["spec"]["template"]["spec"]["affinity"]["nodeAffinity"]
    required = only(affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"])
    values = {each["key"]: each["values"] for each in required["matchExpressions"]}
    if settings.agent == AgentKind.BOTH:
        beside = containers_of(daemon_set)[1]["image"]
        mirrored = r"\S+/xray-daemon-collector-repository@sha256:[0-9a-f]{64}"
        assert (
            beside == COLLECTOR if source == ImageSource.PUBLIC else re.fullmatch(mirrored, beside)
        )
    built_for = [each.value for each in settings.architectures]
    assert values["kubernetes.io/arch"] == (
        built_for if source == ImageSource.BUILD else ["amd64", "arm64"]
    )


@pytest.mark.parametrize("name", ["dev", "both-architectures"])
def test_preview_builds_nothing_and_a_new_image_keeps_the_old(name: str) -> None:
    deployment = variant(name, preview=True)
    images = [each for each in deployment.resources.values() if each.type.startswith("docker")]
    assert [each.inputs["buildOnPreview"] for each in images] == [False, False]
    repositories = deployment.of_type("aws:ecr/repository:Repository")
    assert [each.inputs["imageTagMutability"] for each in repositories] == ["IMMUTABLE"] * 2
    assert all(each.inputs["imageScanningConfiguration"]["scanOnPush"] for each in repositories)


def test_another_account_pulls_the_agent_s_image_alone() -> None:
    policies = variant("another-account").of_type("aws:ecr/repositoryPolicy:RepositoryPolicy")
    policy = only(policies).inputs
    assert policy["repository"] == "xray-daemon-repository"
    assert only(json.loads(policy["policy"])["Statement"]) == {
        "Sid": "PullFromOtherAccounts",
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::111111111111:root"]},
        "Action": [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ],
    }


def test_old_images_expire_and_untagged_ones_soon() -> None:
    selections: list[dict[str, Any]] = [
        {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days"},
        # Of any image, it would count each architecture's of an index, and attestations.
        {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan"},
    ]
    assert lifecycle_policy_document()["rules"] == [
        {
            "rulePriority": priority,
            "selection": {**selection, "countNumber": count},
            "action": {"type": "expire"},
        }
        for priority, (selection, count) in enumerate(zip(selections, (1, 10), strict=True), 1)
    ]


@pytest.mark.parametrize("registry", ["registry.example.com", "localhost:5000"])
def test_copy_is_named_by_its_digest_alone(registry: str) -> None:
    alone = f"{registry}/daemon@{DIGEST}"
    assert without_tag(f"{registry}/daemon:3.6.6@{DIGEST}") == without_tag(alone) == alone
    assert without_tag(f"{registry}/daemon:3.6.6") == f"{registry}/daemon:3.6.6"


@pytest.mark.parametrize(
    ("agent", "version", "public", "tag"),
    [
        (AgentKind.DAEMON, "3.6.6", DAEMON, "3.6.6"),
        (AgentKind.COLLECTOR, "0.50.0", COLLECTOR, "v0.50.0"),
    ],
)
def test_another_digest_is_another_tag(
    agent: AgentKind, version: str, public: str, tag: str
) -> None:
    # Tags can't be moved.
    assert mirror_tag(agent, version, None) == tag
    assert mirror_tag(agent, version, DIGEST) == f"{tag}-0f0f0f0f0f0f"
    assert public_reference(agent, version, None) == public
    assert public_reference(agent, version, DIGEST) == f"{public}@{DIGEST}"
