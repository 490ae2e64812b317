"""Everything that this project's own stacks declare is as the rules ask."""

from typing import Any, Final

import pytest

from tests.policy.judging import configuration_file, judged
from tests.support.program import VARIANTS, declare, variant

HOST_PORT: Final = ("article", "existing-node-role", "host-port")
"""Those whose daemon has a port of its node; policy/configuration/article.json is for them."""

BY_TAG: Final = tuple(name for name, (_, each) in VARIANTS.items() if "sampleImage" in each)
"""Those with AWS's own image, and a sample image, by their tags."""

DIGEST: Final = f"sha256:{'0f' * 32}"


@pytest.mark.parametrize("name", VARIANTS)
def test_only_images_by_their_tags_stop_a_stack(name: str) -> None:
    configuration = configuration_file("article") if name in HOST_PORT else None
    broken = {rule for rule, _ in judged(variant(name), configuration)}
    assert broken == ({"image-digests"} if name in BY_TAG else set())


@pytest.mark.parametrize("name", ["dev", "prod", "collector"])
def test_the_preview_of_a_stack_is_not_stopped(name: str) -> None:
    assert judged(variant(name, preview=True)) == []


@pytest.mark.parametrize("name", BY_TAG)
def test_with_digests_it_is_not_stopped(name: str) -> None:
    stack, settings = VARIANTS[name]
    agent = settings.get("agent", "daemon")
    programs = ("daemon", "collector") if agent == "both" else (agent,)
    digests = {f"{each}Digest": DIGEST for each in programs}
    pinned: dict[str, Any] = {**settings, "sampleImage": f"shop@{DIGEST}", **digests}
    assert judged(declare(stack, preview=False, **pinned)) == []


def test_host_ports_and_missing_tags_stop_a_stack_by_default() -> None:
    broken = [rule for rule, _ in judged(variant("article"))]
    assert {*broken} == {"no-host-ports", "required-tags"}
    assert broken.count("required-tags") >= 5
